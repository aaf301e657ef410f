rule gradients:
    input:
        inputs("gradient", "importance"),
    output:
        importance=FILE["importance"],
        sidecar=beside("importance", ".json"),
        gradients=FILE["gradients"],
    log:
        "<logs>/gradients/{backend}/{task}/seed{seed}.log",
    benchmark:
        "<benchmarks>/gradients/{backend}/{task}/seed{seed}.tsv"
    threads: 1
    resources:
        gpu=1,
        mem_mb=attempts(4000),
        runtime=attempts(240),
    params:
        spec=spec("gradient"),
        code=code_version("gradts.gradients.importance"),
        data=f"{RESULTS}/data",
    message:
        "head gradients of {wildcards.task} under {wildcards.backend}, seed {wildcards.seed}"
    shell:
        "gradts gradients --spec {params.spec:q} --data {params.data:q} --importance {output.importance:q}"
        " --gradients {output.gradients:q} --threads {threads} 2>&1 | tee {log:q}"


# What it says decides which joint runs are needed.
checkpoint embed:
    input:
        inputs("embedding", "embedding"),
    output:
        embedding=FILE["embedding"],
        sidecar=beside("embedding", ".json"),
        vectors=FILE["embedded"],
    log:
        "<logs>/embeddings/{backend}/{task}.log",
    benchmark:
        "<benchmarks>/embeddings/{backend}/{task}.tsv"
    threads: 1
    resources:
        gpu=1,
        mem_mb=attempts(4000),
        runtime=attempts(60),
    params:
        spec=spec("embedding"),
        code=code_version("gradts.training.embedding"),
        data=f"{RESULTS}/data",
    message:
        "embeddings of {wildcards.task} under {wildcards.backend}"
    shell:
        "gradts embed --spec {params.spec:q} --data {params.data:q} --out {output.embedding:q}"
        " --vectors {output.vectors:q} --threads {threads} 2>&1 | tee {log:q}"
