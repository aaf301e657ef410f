# The workflow with all that it runs on: docs/deploy.md. What is copied, .dockerignore lists.
FROM python:3.11-slim

# The CPU's wheels of torch; for GPUs …/whl/cu130, or another that PyTorch has for the version in constraints.txt.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

COPY . /gradts
RUN pip install --no-cache-dir --extra-index-url "$TORCH_INDEX" -c /gradts/constraints.txt -e /gradts

# Whoever runs it, results, Snakemake's memory of them and downloads stay in the volume.
RUN useradd --no-create-home --home-dir /work gradts && install -d -o gradts -m 777 /work
ENV HOME=/work
USER gradts
WORKDIR /work
VOLUME /work

CMD ["snakemake", "--snakefile", "/gradts/Snakefile", "--cores", "1", "results/tables/table2.csv"]
