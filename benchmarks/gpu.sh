#!/usr/bin/env bash
# Everything that is worth measuring on a GPU: benchmarks/gpu.sh DATA_ROOT [CONFIG …] > gpu.log
# The gradient pass one by one, batched and against its bound; joint training against a plain Trainer; Table 2 of
# MiniLM on the full local GLUE data, end to end. A configuration that is given changes that table. PARTS="table2"
# does one of the three, so that a machine that is lent for minutes at a time is enough: the table goes on. SHARE is
# how many of the table's jobs have the GPU at a time, which a small model does not fill.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${1:?give the folder of local data first, which has TASK/SPLIT.parquet}"
data=$(realpath -e "$1")
shift
parts=${PARTS:-gradients trainer table2}
read -ra precisions <<< "${PRECISIONS:-fp32 bf16}"
nvidia-smi --query-gpu=name,memory.total --format=csv || echo "no GPU: all of this is measured on the CPU"

if [[ $parts == *gradients* ]]; then
    for precision in "${precisions[@]}"; do
        python benchmarks/gradients.py --instances "${INSTANCES:-4096}" --batch 256 --precision "$precision"
    done
fi
if [[ $parts == *trainer* ]]; then
    python benchmarks/trainer.py --configfile config/glue-mini.yaml --data "$data" --tasks mrpc --seeds "${SEEDS:-3}" \
        --precisions "${precisions[@]}" ${ROWS:+--train "$ROWS" --dev "$ROWS"}
fi
if [[ $parts == *table2* ]]; then
    full=$(mktemp --suffix .yaml)
    cat > "$full" <<YAML
results_dir: results/glue-full
data: {max_train: null, max_train_of: {cola: null, mnli: null, qnli: null}, max_select: null, max_dev: null}
training: {epochs: 3, learning_rate: 5.0e-5, warmup: 0.1, batch_size: 32, max_length: 128}
YAML
    time snakemake --cores "$(nproc)" --resources gpu="${SHARE:-1}" --configfile config/glue-mini.yaml "$full" "$@" \
        --config data_root="$data" -- results/glue-full/tables/table2.csv
    cat results/glue-full/tables/table2.md
fi
