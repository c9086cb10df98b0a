//! The main kernels: drawing and choosing under the eight rules of the paper's market, and designing its menus.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use menu::{PostedRule, Rule, Seller};
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
    let mut indices = drawn.index.clone();
    indices.sort_by(f64::total_cmp);
    group.bench_function("powers alone", |bencher| {
        bencher.iter(|| designed.technology.power_columns(black_box(&indices).clone()));
    });
    let powers = designed.technology.power_columns(indices.clone());
    let nobody = |_: usize| unreachable!("no rule of this market looks at more than the index");
    let mut outcomes = Vec::new();
    for menu in &designed.menus {
        let mut own = Outcomes::default();
        if !matches!(menu.offer, Offer::Allocations(_)) {
            group.bench_function(format!("choice: {}", menu.label), |bencher| {
                bencher.iter(|| {
                    own.make_room(indices.len());
                    menu.offer.choose_all(
                        &designed.technology,
                        black_box(&powers),
                        nobody,
                        &mut own.columns(),
                    );
                });
            });
            own.account(&designed.technology);
            outcomes.push(own);
        }
    }
    let groups = Groups::new(&engine.edges, &indices, None);
    group.bench_function(format!("fold of {} rules, all pairs", outcomes.len()), |bencher| {
        bencher.iter(|| Fold::of_block(black_box(&groups), &outcomes[0].gross_value, &outcomes));
    });
    group.finish();
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
