//! Drawing buyers: the kernels one by one, and whole populations.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use model::kernel::Aligned;
use population::Key;
use population::level::Level;
use population::special::box_muller;
use population::special::normal::Scorer;
use population::stream::{Purpose, level_pairs, word_pairs};

const KEY: Key = Key { seed: 20_250_702, replicate: 0 };
const NUMBERS: usize = 512;

model::kernel! {
    fn powers_of_two(slope: f64, scores: &[f64], numbers: &mut [f64]) {
        for (number, score) in numbers.iter_mut().zip(scores) {
            *number = model::kernel::moderate_power_of_two(slope, *score);
        }
    }
}

/// Nanoseconds per number, beside the limits measured for eight lanes of one thread with AVX-512.
fn kernels(criterion: &mut Criterion) {
    let users: Aligned<u64> = (0..NUMBERS as u64).collect();
    let mut pair = [(); 2].map(|()| Aligned::filled(NUMBERS, Level::LOWEST));
    let mut group = criterion.benchmark_group("kernels");
    group.throughput(Throughput::Elements(2 * NUMBERS as u64));
    group.bench_function("Philox levels (limit 0.8 ns)", |bencher| {
        let [first, second] = &mut pair;
        bencher.iter(|| level_pairs(KEY, Purpose::Task, black_box(&users), 7, first, second));
    });
    let mut words = [(); 2].map(|()| Aligned::filled(NUMBERS, 0));
    group.throughput(Throughput::Elements(4 * NUMBERS as u64));
    group.bench_function("Philox words, two scores of each (limit 0.4 ns)", |bencher| {
        let [one, other] = &mut words;
        bencher.iter(|| word_pairs(KEY, Purpose::TaskScore, black_box(&users), 7, one, other));
    });
    let mut scores = Aligned::filled(NUMBERS, 0.0);
    let mut scorer = Scorer::new(NUMBERS);
    group.throughput(Throughput::Elements(NUMBERS as u64));
    group.bench_function("normal quantiles (limit 2.5 ns)", |bencher| {
        bencher.iter(|| scorer.fill(black_box(&pair[0]), &mut scores));
    });
    let mut fours = [(); 4].map(|()| Aligned::filled(NUMBERS, 0.0));
    group.throughput(Throughput::Elements(4 * NUMBERS as u64));
    group.bench_function("normal scores (limit 1.15 ns)", |bencher| {
        let words = words.each_ref().map(|words| &words[..]);
        bencher.iter(|| box_muller::scores(black_box(words), fours.each_mut().map(|scores| &mut scores[..])));
    });
    group.throughput(Throughput::Elements(NUMBERS as u64));
    let mut numbers = scores.clone();
    group.bench_function("power of two, one per task (limit 0.8 ns)", |bencher| {
        bencher.iter(|| powers_of_two(black_box(0.7), black_box(&scores), &mut numbers));
    });
    group.bench_function("exp (limit 0.8 ns)", |bencher| {
        bencher.iter(|| {
            numbers.copy_from_slice(black_box(&scores));
            model::kernel::exp_all(&mut numbers);
        });
    });
    group.bench_function("libm exp", |bencher| {
        bencher.iter(|| {
            numbers.copy_from_slice(black_box(&scores));
            for number in numbers.iter_mut() {
                *number = libm::exp(*number);
            }
        });
    });
    let positive: Vec<f64> = scores.iter().map(|score| score.abs() + 1e-3).collect();
    group.bench_function("ln", |bencher| {
        bencher.iter(|| {
            numbers.copy_from_slice(black_box(&positive));
            model::kernel::ln_all(&mut numbers);
        });
    });
    group.finish();
}

criterion_group!(benches, kernels);
criterion_main!(benches);
