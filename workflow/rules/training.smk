checkpoint joint:
    input:
        recorded("<results>/runs/{backend}/{members}/seed{seed}/run.json", run_spec, run_inputs),
    output:
        metrics="<results>/runs/{backend}/{members}/seed{seed}/metrics.csv",
        predictions="<results>/runs/{backend}/{members}/seed{seed}/predictions.parquet",
        record="<results>/runs/{backend}/{members}/seed{seed}/run.json",
    log:
        "<logs>/runs/{backend}/{members}/seed{seed}.log",
    benchmark:
        "<benchmarks>/runs/{backend}/{members}/seed{seed}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=lambda wc: PLAN.gpus[wc.backend],
        mem_mb=lambda wc, attempt: 4000 * attempt,
        runtime=lambda wc, attempt: 480 * attempt,
        # A resource, since it changes no result: another number of GPUs remakes nothing.
        launch=launcher,
    params:
        spec=run_spec,
        code=code_digest("gradts.training.joint"),
        data=lambda wc, input: Path(input[0]).parents[1],
        instances=lambda wc: f"{RESULTS}/instances/{wc.backend}",
        out=lambda wc, output: Path(output.metrics).parent,
    message:
        "joint run of {wildcards.members} under {wildcards.backend}, seed {wildcards.seed}"
    shell:
        "{resources.launch} joint --spec {params.spec:q} --data {params.data:q} --instances {params.instances:q}"
        " --out {params.out:q} --threads {threads} 2>&1 | tee {log:q}"
