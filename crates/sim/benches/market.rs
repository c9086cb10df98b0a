//! The main kernels: drawing and choosing under the eight rules of the paper's market, and designing its menus.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use menu::{PostedRule, Rule, Seller};
use model::choice::Buyer;
use model::kernel::Aligned;
use model::menu::Offer;
use model::technology::PowerColumns;
use population::{Buyers, Key};
use sim::engine::{BLOCK, Engine};
use sim::outcome::{Fold, GroupFold, Groups, Outcomes};
use sim::progress::Silent;
use sim::{Market, design};

fn paper() -> Market {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/paper-uniform.toml");
    Market::load(&path, &[]).expect("the shipped market is valid")
}

/// Buyers per second of one thread, all rules, without recording; and of the parts that the whole consists of.
fn buyers(criterion: &mut Criterion) {
    let market = paper();
    let designed = design(&market, &Silent).expect("the shipped market can be designed");
    let pool = sim::engine::thread_pool(1).expect("one thread");
    let engine = designed.engine(&market, &pool);
    let key = Key { seed: market.run.seed, replicate: 0 };
    let mut group = criterion.benchmark_group("market");
    group.throughput(Throughput::Elements(4 * BLOCK));
    group.bench_function("eight rules", |bencher| {
        bencher.iter(|| black_box(engine.batch(key, 0, 4 * BLOCK, false)));
    });
    group.throughput(Throughput::Elements(BLOCK));
    group.bench_function("drawing alone", |bencher| {
        bencher.iter(|| black_box(designed.population.draw(key, 0, BLOCK as usize)));
    });
    let buyers = designed.population.draw(key, 0, BLOCK as usize);
    group.bench_function("groups", |bencher| {
        bencher.iter(|| Groups::new(&engine.edges, black_box(&buyers.index), None));
    });
    let mut stage = Stage { engine: &engine, buyers: &buyers, folds: Vec::new(), outcomes: Vec::new() };
    let labels: Vec<&str> = designed.menus.iter().map(|menu| menu.label.as_str()).collect();
    let choices = (0..labels.len()).flat_map(|rule| [Part::Choice(rule), Part::Dearer(rule)]);
    let has_dearer =
        |part: &Part| !matches!(part, Part::Dearer(rule) if engine.posted[*rule].dearer.is_none());
    let parts = [Part::Powers, Part::Efficient].into_iter().chain(choices.filter(has_dearer));
    for part in parts.chain([Part::Accounts, Part::Fold, Part::Together]) {
        group.bench_function(part.name(&labels), |bencher| {
            bencher.iter_custom(|times| (0..times).map(|_| stage.play(part)).sum());
        });
    }
    // Of one group, the last.
    let outcomes = stage.outcomes;
    group.throughput(Throughput::Elements(outcomes[0].item.len() as u64));
    group.bench_function("limit of a choice: its columns are written", |bencher| {
        let (from, mut into) = (&outcomes[0], outcomes[0].clone());
        bencher.iter(|| {
            into.item.copy_from_slice(black_box(&from.item));
            let columns = into.columns();
            for (into, from) in
                [columns.spend, columns.fine_tuning, columns.payment, columns.gross_value, columns.utility]
                    .into_iter()
                    .zip([&from.spend, &from.fine_tuning, &from.payment, &from.gross_value, &from.utility])
            {
                into.copy_from_slice(from);
            }
        });
    });
    group.bench_function("limit of the fold: three columns of every pair are read", |bencher| {
        bencher.iter(|| {
            let mut sums = [0.0; 8];
            for (position, one) in outcomes.iter().enumerate() {
                for other in &outcomes[..position] {
                    products(&one.profit, &other.profit, &mut sums);
                    products(&one.utility, &other.utility, &mut sums);
                    products(&one.gross_value, &other.gross_value, &mut sums);
                }
            }
            black_box(sums)
        });
    });
    group.finish();
}

/// A part of what happens to a block of buyers.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    /// Powers of indices.
    Powers,
    /// Efficient use.
    Efficient,
    /// Choices under a rule.
    Choice(usize),
    /// Choices under a rule, if tokens were dearer.
    Dearer(usize),
    /// Costs, profits and who is served, of all rules.
    Accounts,
    /// Moments of groups, of all rules and pairs.
    Fold,
    /// Moments of the block.
    Together,
}

impl Part {
    fn name(self, labels: &[&str]) -> String {
        match self {
            Self::Powers => "powers".into(),
            Self::Efficient => "first-best surplus".into(),
            Self::Choice(rule) => format!("choice: {}", labels[rule]),
            Self::Dearer(rule) => format!("choice: {}, dearer tokens", labels[rule]),
            Self::Accounts => "accounts of all rules".into(),
            Self::Fold => "fold of all rules and pairs".into(),
            Self::Together => "groups together".into(),
        }
    }
}

/// A block of buyers who choose, group by group, as the engine lets them.
struct Stage<'a> {
    engine: &'a Engine<'a>,
    buyers: &'a Buyers,
    folds: Vec<GroupFold>,
    /// What the last group chose.
    outcomes: Vec<Outcomes>,
}

impl Stage<'_> {
    /// Lets all of it happen, with whatever each part finds in the cache, and says how long one part took.
    fn play(&mut self, timed: Part) -> Duration {
        let Engine { technology, posted, edges, .. } = self.engine;
        let mut elapsed = Duration::ZERO;
        let mut clock = |part: Part, work: &mut dyn FnMut()| {
            let start = Instant::now();
            work();
            if part == timed {
                elapsed += start.elapsed();
            }
        };
        self.outcomes.resize_with(posted.len(), Outcomes::default);
        self.folds.clear();
        let (mut powers, mut first_best, mut dearer) =
            (PowerColumns::default(), Aligned::default(), Outcomes::default());
        let groups = Groups::new(edges, &self.buyers.index, None);
        let known =
            |column: &Option<Vec<f64>>, row: u32| column.as_ref().expect("values and scales")[row as usize];
        for group in &groups.groups {
            let index = &groups.index[group.places.clone()];
            let rows = &groups.order[group.places.clone()];
            clock(Part::Powers, &mut || technology.fill_powers(index, &mut powers));
            let buyer = |place: usize| Buyer {
                powers: powers.of(place),
                value: known(&self.buyers.value, rows[place]),
                scale: known(&self.buyers.scale, rows[place]),
                profile: &[],
            };
            let choose = |offer: &Offer, own: &mut Outcomes| {
                own.make_room(rows.len());
                offer.choose_all(technology, &powers, buyer, &mut own.columns());
            };
            clock(Part::Efficient, &mut || {
                first_best.resize(rows.len(), 0.0);
                technology.fill_surplus(&powers, &mut first_best);
            });
            for (rule, (posted, own)) in posted.iter().zip(&mut self.outcomes).enumerate() {
                if posted.sold_from > edges.largest(group) {
                    clock(Part::Choice(rule), &mut || own.set_nothing(rows.len()));
                } else {
                    clock(Part::Choice(rule), &mut || choose(posted.offer, own));
                    clock(Part::Accounts, &mut || own.account(technology));
                }
                if let Some(offer) = &posted.dearer {
                    clock(Part::Dearer(rule), &mut || match offer {
                        Offer::Prices { demand, .. } => {
                            dearer.spend.resize(rows.len(), 0.0);
                            demand.fill_spend(&powers, &mut dearer.spend);
                        }
                        _ => choose(offer, &mut dearer),
                    });
                    std::mem::swap(&mut own.dearer_spend, &mut dearer.spend);
                }
            }
            clock(Part::Fold, &mut || {
                self.folds.push(GroupFold::new(edges, group, index, &first_best, &self.outcomes));
            });
        }
        clock(Part::Together, &mut || {
            black_box(Fold::of_groups(&groups, &self.folds));
        });
        elapsed
    }
}

model::kernel! {
    /// One multiplication and one addition for two numbers read.
    fn products(one: &[f64], other: &[f64], sums: &mut [f64; 8]) {
        for (one, other) in one.chunks_exact(8).zip(other.chunks_exact(8)) {
            for (sum, (one, other)) in sums.iter_mut().zip(one.iter().zip(other)) {
                *sum += one * other;
            }
        }
    }
}

/// The optimal packages on a million points.
fn packages(criterion: &mut Criterion) {
    let market = paper();
    let designed = design(&market, &Silent).expect("the shipped market can be designed");
    let belief = designed.population.belief(1_000_000, market.run.seed);
    let rule = PostedRule { label: "packages".into(), round: None, rule: Rule::Packages };
    let mut group = criterion.benchmark_group("design");
    group.sample_size(10);
    group.bench_function("packages on a million points", |bencher| {
        bencher.iter(|| {
            let seller = Seller::new(&designed.technology, &belief).expect("a finite belief");
            black_box(seller.design(&rule).expect("packages for every belief"))
        });
    });
    group.finish();
}

criterion_group!(benches, buyers, packages);
criterion_main!(benches);
