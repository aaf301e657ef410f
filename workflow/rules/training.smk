checkpoint joint:
    input:
        inputs("run", "run"),
    output:
        metrics=FILE["metrics"],
        predictions=FILE["predictions"],
        record=FILE["run"],
    log:
        "<logs>/runs/{backend}/{members}/seed{seed}.log",
    benchmark:
        "<benchmarks>/runs/{backend}/{members}/seed{seed}.tsv"
    threads: 1
    resources:
        gpu=lambda wc: CONFIGURATION.gpus[wc.backend],
        mem_mb=attempts(4000),
        runtime=attempts(480),
        # A resource, since it changes no result: another number of GPUs remakes nothing.
        launch=launcher,
        # Another: what is kept beside the scores changes none.
        keep="weights" if CONFIGURATION.values["training"]["keep_weights"] else "scores",
    params:
        spec=spec("run"),
        code=code_version("gradts.training.joint"),
        data=f"{RESULTS}/data",
        instances=lambda wc: f"{RESULTS}/instances/{wc.backend}",
        out=lambda wc, output: Path(output.metrics).parent,
    message:
        "joint run of {wildcards.members} under {wildcards.backend}, seed {wildcards.seed}"
    shell:
        "{resources.launch} joint --spec {params.spec:q} --data {params.data:q} --instances {params.instances:q}"
        " --out {params.out:q} --keep {resources.keep:q} --threads {threads} 2>&1 | tee {log:q}"


rule model:
    input:
        inputs("model", "model"),
    output:
        record=FILE["model"],
        weights=str(Path(FILE["model"]).with_name("model.safetensors")),
        card=str(Path(FILE["model"]).with_name("README.md")),
    log:
        "<logs>/models/{backend}/{suite}/{method}/{primary}.log",
    benchmark:
        "<benchmarks>/models/{backend}/{suite}/{method}/{primary}.tsv"
    threads: 1
    resources:
        gpu=lambda wc: CONFIGURATION.gpus[wc.backend],
        mem_mb=attempts(4000),
        runtime=attempts(480),
        launch=launcher,
    params:
        spec=spec("model"),
        code=code_version("gradts.reporting.model"),
        results=lambda wc: RESULTS,
        out=lambda wc, output: Path(output.record).parent,
    message:
        "the model of {wildcards.primary} with what {wildcards.method} chose from {wildcards.suite}"
    shell:
        "{resources.launch} export --spec {params.spec:q} --results {params.results:q} --out {params.out:q}"
        " --threads {threads} 2>&1 | tee {log:q}"
