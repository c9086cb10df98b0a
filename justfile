# Recipes for working on tokenmarket: `just` lists them, `just ci` is what has to pass.
#
# Optional tools:
#   just          pip install rust-just, or: cargo install --locked just
#   cargo-deny    cargo install --locked cargo-deny, for `just deny`

# Further flags of `tokenmarket sweep`: just sweep="--out /scratch/me --users 10_000_000" slurm-sweep ...
sweep := ""
# The name of a sweep's jobs is in its experiment file, which may be named by its folder.
jobs_of := "jobs_of() { [ ! -d \"$1\" ] || set -- \"$1/experiment.toml\"; sed -n 's/^name *= *[\"\\x27]\\([^\"\\x27]*\\).*/tokenmarket-\\1/p' \"$1\" | head -n 1 | grep . || { echo \"$1 has no name: give an experiment's file or folder\" >&2; return 2; }; }; jobs_of"

# List the recipes.
[private]
default:
    @just --list --unsorted

# Fetch the dependencies; Rust stable with rustfmt and clippy is all that is needed.
[group('start')]
setup:
    cargo fetch --locked

# Run the paper's uniform example and print the comparison; results land in results/paper-uniform.
[group('start')]
demo *FLAGS:
    cargo run --release -- run configs/paper-uniform.toml {{ FLAGS }}

# Run all tests; one release build serves tests, lints and the demo.
[group('check')]
test *FLAGS:
    cargo test --release --workspace {{ FLAGS }}

# Check formatting and lints; warnings are errors.
[group('check')]
lint:
    cargo fmt --all --check
    cargo clippy --release --workspace --all-targets -- -D warnings

# Build the documentation; warnings are errors.
[group('check')]
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --workspace --release

# Check licences, sources and known advisories of the dependencies (.cargo/deny.toml); installs cargo-deny.
[group('check')]
deny:
    .ci/deny

# Write the licences of everything that is built in to target/third-party-licences.txt; needs cargo-deny.
[group('check')]
licences:
    mkdir -p target
    cargo deny list --layout crate > target/third-party-licences.txt

# Throw arbitrary text at every reader of text, SECONDS for each; installs cargo-fuzz.
[group('check')]
fuzz SECONDS="20":
    .ci/fuzz {{ SECONDS }}

# All that has to pass: tests, lints, documentation and a small market end to end.
[group('check')]
ci: test lint doc (demo "--users 20000 --out target/ci")

# Run the benchmarks of the main kernels.
[group('measure')]
bench *FLAGS:
    cargo bench --workspace {{ FLAGS }}

# Time tokenmarket beside numpy, numba, polars and plain Rust on the same market, once all agree; `--small` only looks at that.
[group('measure')]
bench-peers *FLAGS:
    cargo build --release --bins
    CARGO_TARGET_DIR=target/peers cargo build --release --locked --manifest-path experiments/peers/rust/Cargo.toml
    CARGO_TARGET_DIR=target/peers cargo build --release --locked --manifest-path experiments/peers/krabmaga/Cargo.toml
    test -d target/peers/python || python3 -m pip install --quiet --target target/peers/python -r experiments/peers/requirements.txt
    OPENBLAS_NUM_THREADS=1 PYTHONPATH=target/peers/python python3 experiments/peers/peers.py {{ FLAGS }}

# Print what stratified and Sobol buyers are worth: variance ratios for lognormal tasks.
[group('measure')]
variance *REPLICATES:
    cargo build --release --workspace --example variance
    target/release/examples/variance {{ REPLICATES }}

# Submit the missing shards of a sweep (the experiment's file or folder) to Slurm, as an array of TASKS, and a job that merges; FLAGS go to sbatch.
[group('sweep')]
slurm-sweep EXPERIMENT TASKS *FLAGS:
    cargo build --release --bins
    target/release/tokenmarket sweep {{ quote(EXPERIMENT) }} {{ sweep }} --slurm-script {{ TASKS }} | bash -s -- {{ FLAGS }}

# Show a sweep's jobs and how far it has come.
[group('sweep')]
slurm-status EXPERIMENT:
    @jobs=$({{ jobs_of }} {{ quote(EXPERIMENT) }}) && squeue --me --name="$jobs"
    target/release/tokenmarket sweep {{ quote(EXPERIMENT) }} {{ sweep }} --status

# Cancel a sweep's jobs; what is complete stays.
[group('sweep')]
slurm-cancel EXPERIMENT:
    @jobs=$({{ jobs_of }} {{ quote(EXPERIMENT) }}) && scancel --me --name="$jobs"

# Remove what was built; results are never deleted.
[group('tidy')]
clean:
    cargo clean
