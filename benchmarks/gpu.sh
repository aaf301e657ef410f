#!/usr/bin/env bash
# Everything that is worth measuring on a GPU, in one call: benchmarks/gpu.sh DATA_ROOT > gpu.log
# The gradient pass one by one, batched and against its bound; joint training against a plain Trainer; Table 2
# of MiniLM on the full local GLUE data, end to end.
set -euo pipefail
cd "$(dirname "$0")/.."
data=$(realpath "$1")
nvidia-smi --query-gpu=name,memory.total --format=csv
for precision in fp32 bf16; do
    python benchmarks/gradients.py --instances 4096 --batch 256 --precision "$precision"
done
python benchmarks/trainer.py --train 3668 --seeds 3 --data "$data"
overlay=$(mktemp --suffix .yaml)
cat > "$overlay" <<YAML
results_dir: results/glue-full
data: {max_train: null, max_train_of: {cola: null, mnli: null}, max_select: null, max_dev: null}
training: {epochs: 3, learning_rate: 5.0e-5, warmup: 0.1, batch_size: 32, max_length: 128}
YAML
time snakemake --cores 16 --resources gpu=1 --configfile config/glue-mini.yaml "$overlay" \
    --config data_root="$data" -- results/glue-full/tables/table2.csv
cat results/glue-full/tables/table2.md
