//! The main kernels: drawing and choosing under the eight rules of the paper's market, and designing its menus.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use menu::{PostedRule, Rule, Seller};
use model::choice::Buyer;
use model::menu::Offer;
use population::Key;
use sim::engine::BLOCK;
use sim::outcome::{Fold, Groups, Outcomes};
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
    let drawn = designed.population.draw(key, 0, BLOCK as usize);
    group.bench_function("order of the deciles alone", |bencher| {
        bencher.iter(|| {
            let order = engine.edges.order(black_box(&drawn.index));
            order.iter().map(|row| drawn.index[*row as usize]).collect::<Vec<f64>>()
        });
    });
    let mut order: Vec<usize> = (0..BLOCK as usize).collect();
    order.sort_by(|a, b| drawn.index[*a].total_cmp(&drawn.index[*b]));
    let sorted = |column: &[f64]| order.iter().map(|row| column[*row]).collect::<Vec<f64>>();
    let known = |column: &Option<Vec<f64>>| sorted(column.as_deref().expect("values and scales"));
    let (indices, values, scales) = (sorted(&drawn.index), known(&drawn.value), known(&drawn.scale));
    group.bench_function("powers alone", |bencher| {
        bencher.iter(|| designed.technology.power_columns(black_box(&indices).clone()));
    });
    let powers = designed.technology.power_columns(indices.clone());
    let buyer = |row| Buyer { powers: powers.of(row), value: values[row], scale: scales[row], profile: &[] };
    let mut choice = |name: String, offer: &Offer| {
        let mut own = Outcomes::default();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                own.make_room(indices.len());
                offer.choose_all(&designed.technology, black_box(&powers), buyer, &mut own.columns());
            });
        });
        own.account(&designed.technology);
        own
    };
    let efficient = choice("choice: efficient".into(), &Offer::FullExtraction);
    let mut outcomes = Vec::new();
    for (menu, dearer) in designed.menus.iter().zip(&engine.dearer) {
        outcomes.push(choice(format!("choice: {}", menu.label), &menu.offer));
        if let Some(dearer) = dearer {
            let at_dearer_tokens = choice(format!("choice: {}, dearer tokens", menu.label), dearer);
            outcomes.last_mut().expect("just chosen").dearer_spend = at_dearer_tokens.spend;
        }
    }
    let mut accounted = [&outcomes[..], std::slice::from_ref(&efficient)].concat();
    group.bench_function("accounts of all rules", |bencher| {
        bencher.iter(|| {
            for outcomes in black_box(&mut accounted) {
                outcomes.account(&designed.technology);
            }
        });
    });
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
    group.bench_function("groups", |bencher| {
        bencher.iter(|| Groups::new(&engine.edges, black_box(&indices), None));
    });
    let groups = Groups::new(&engine.edges, &indices, None);
    group.bench_function("fold of all rules and pairs", |bencher| {
        bencher.iter(|| Fold::of_block(black_box(&groups), &efficient.profit, &outcomes));
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
