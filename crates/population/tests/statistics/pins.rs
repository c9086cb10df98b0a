//! Value stability. A change here changes every result: it is an entry in the changelog under "Changes results". The
//! other tests say why the draws are right; these only that they are the same.

use population::Distribution;
use population::distribution::Lognormal;
use population::family::dependence::{PairDependence, TaskDependence};
use population::family::finite::{Finite, FiniteType};
use population::family::per_task::PerTask;
use population::family::segments::{Segment, Segments};
use population::family::tasks::Tasks;
use population::family::value_scale::ValueScale;
use population::stream::Purpose;
use population::{Design, Key, PopulationConfig};

use super::{cut_and_mixed_laws, laws, population, unit};

const KEY: Key = Key { seed: 20_250_702, replicate: 0 };

#[test]
fn first_draws_of_a_fixed_seed_are_pinned() {
    let lognormal = Distribution::Lognormal(Lognormal { mu: 0.0, sigma: 1.0 });
    let kind = |probability, values: [f64; 2]| FiniteType { probability, values: values.to_vec() };
    let first = |config| population(config).draw(KEY, 0, 3).index;
    let found = [
        first(PopulationConfig::Index { index: lognormal.clone() }),
        first(PopulationConfig::ValueScale(ValueScale { value: unit(), scale: unit(), dependence: None })),
        first(PopulationConfig::Tasks(Tasks::alike(4, lognormal))),
        first(PopulationConfig::Finite(Finite {
            masses: vec![0.5, 0.5],
            types: vec![kind(0.5, [1.0, 0.2]), kind(0.5, [0.4, 0.9])],
        })),
    ];
    let pinned: [[f64; 3]; 4] = [
        [1.655_736_295_284_289, 1.125_515_481_943_411_7, 0.567_598_034_912_203_1],
        [0.889_261_214_627_985, 0.359_990_167_026_922_44, 0.368_505_266_349_7],
        [1.251_939_549_262_980_1, 2.299_181_943_348_508_6, 1.967_725_427_182_844],
        [0.721_110_255_092_797_9, 0.696_419_413_859_205_9, 0.696_419_413_859_205_9],
    ];
    assert_eq!(found, pinned);
}

/// As above, for copulas, tasks that are never done, and segments.
#[test]
fn first_draws_of_dependent_and_segmented_buyers_are_pinned() {
    let lognormal = Distribution::Lognormal(Lognormal { mu: 0.0, sigma: 1.0 });
    let pair = Some(PairDependence::Gaussian { correlation: 0.3 });
    let pair = PopulationConfig::ValueScale(ValueScale {
        value: lognormal.clone(),
        scale: unit(),
        dependence: pair,
    });
    let tasks = |zero: Option<PerTask<f64>>, dependence| {
        let alike = Tasks::alike(2, lognormal.clone());
        PopulationConfig::Tasks(Tasks { zero_probability: zero, dependence, ..alike })
    };
    let factor = Some(TaskDependence::OneFactor { correlation: 0.5 });
    let matrix = Some(TaskDependence::Gaussian { correlation: vec![vec![1.0, -0.4], vec![-0.4, 1.0]] });
    let index = PopulationConfig::Index { index: lognormal.clone() };
    let segments = [("chat", 0.5, index), ("code", 0.5, pair.clone())].map(|(name, share, family)| Segment {
        name: name.into(),
        share,
        family,
    });
    let found = [
        pair,
        tasks(Some(0.4.into()), None),
        tasks(None, factor.clone()),
        tasks(Some(PerTask::Each(vec![0.1, 0.5])), factor),
        tasks(None, matrix),
        PopulationConfig::Segments(Segments { segments: segments.into() }),
    ]
    .map(|config| population(config).draw(KEY, 0, 3).index);
    let pinned: [[f64; 3]; 6] = [
        [6.685_806_501_737_146, 0.687_871_827_860_762_4, 1.805_351_142_668_896_4],
        [0.978_764_793_315_009_4, 2.163_554_618_537_524_3, 1.868_873_850_291_957_3],
        [0.897_781_780_402_311_6, 3.754_888_149_289_653, 2.467_846_732_844_379],
        [0.441_653_103_021_896_14, 3.455_728_463_092_937, 1.863_597_835_597_786_2],
        [1.498_541_709_348_730_3, 2.914_617_203_383_609_3, 2.192_720_062_088_822],
        [1.655_736_295_284_289, 0.687_871_827_860_762_4, 0.567_598_034_912_203_1],
    ];
    assert_eq!(found, pinned);
}

/// As above, for scores that are turned and of which the length is spread.
#[test]
fn first_draws_under_sampling_designs_are_pinned() {
    let lognormal = Distribution::Lognormal(Lognormal { mu: 0.0, sigma: 1.0 });
    let dependence = Some(TaskDependence::OneFactor { correlation: 0.5 });
    let family = Tasks { dependence, ..Tasks::alike(3, lognormal) };
    let found = [Design::Stratified, Design::Sobol].map(|design| {
        population(PopulationConfig::Tasks(family.clone())).sampled_by(design).draw(KEY, 0, 3).index
    });
    let pinned: [[f64; 3]; 2] = [
        [2.332_822_388_965_129, 0.423_089_533_134_482_6, 1.961_232_832_704_412_8],
        [5.079_427_718_742_205, 0.850_718_935_682_58, 0.248_483_099_934_864_42],
    ];
    assert_eq!(found, pinned);
}

/// As above, for every distribution.
#[test]
fn first_draws_of_every_distribution_are_pinned() {
    let found: Vec<f64> = laws().iter().map(|law| law.draw(KEY, Purpose::Value, 0, 0)).collect();
    let pinned: [f64; 9] = [
        1.960_168_313_299_313,
        6.692_927_628_495_525,
        10.885_672_929_898_06,
        0.302_346_828_583_552_2,
        2.794_809_892_542_288,
        12.608_111_294_591_184,
        4.132_401_476_203_725,
        0.422_608_971_145_244_65,
        0.730_941_445_223_512_3,
    ];
    assert_eq!(found, pinned);
}

/// As above, for what is cut and mixed of them.
#[test]
fn first_draws_of_cut_and_mixed_laws_are_pinned() {
    let found: Vec<f64> =
        cut_and_mixed_laws().iter().map(|law| law.draw(KEY, Purpose::Value, 0, 0)).collect();
    let pinned: [f64; 30] = [
        1.818_134_650_639_450_5,
        1.964_151_481_969_381_7,
        1.814_151_481_969_381_8,
        0.954_343_361_477_485_7,
        7.813_527_546_214_49,
        0.929_597_055_431_052_8,
        2.603_924_255_325_363_6,
        11.185_672_929_898_061,
        2.585_919_894_662_963,
        1.716_845_786_037_095_4,
        12.406_120_636_760_988,
        1.650_844_460_784_502,
        2.665_218_884_426_266_3,
        5.785_220_685_731_994_5,
        2.665_215_913_356_196,
        2.173_534_736_982_698_5,
        13.792_246_464_862_608,
        2.126_982_302_707_256,
        3.862_941_897_072_420_5,
        4.648_951_660_729_191,
        3.655_571_868_708_069_6,
        0.937_806_740_647_021_5,
        0.940_795_324_805_762_8,
        0.866_399_397_954_006_3,
        0.890_392_388_310_071_8,
        0.973_796_081_289_332,
        0.890_389_663_796_152_1,
        9.415_680_939_599_948,
        7.573_754_516_920_252,
        0.962_631_614_398_958_1,
    ];
    assert_eq!(found, pinned);
}
