rule gradients:
    input:
        recorded(
            "<results>/importance/{backend}/{task}.json",
            gradient_spec,
            lambda wc: splits_of([wc.task]),
        ),
    output:
        importance="<results>/importance/{backend}/{task}.npy",
        sidecar="<results>/importance/{backend}/{task}.json",
        gradients="<results>/gradients/{backend}/{task}.parquet",
    log:
        "<logs>/gradients/{backend}/{task}.log",
    benchmark:
        "<benchmarks>/gradients/{backend}/{task}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=lambda wc, attempt: 4000 * attempt,
        runtime=lambda wc, attempt: 240 * attempt,
    params:
        spec=gradient_spec,
        layer_norm=LAYER_NORM,
        code=code_digest("gradts.gradients.importance"),
        data=lambda wc, input: Path(input[0]).parents[1],
    message:
        "head gradients of {wildcards.task} under {wildcards.backend}"
    shell:
        "gradts gradients --spec {params.spec:q} --layer-norm {params.layer_norm}"
        " --data {params.data:q} --importance {output.importance:q} --gradients {output.gradients:q}"
        " --threads {threads} 2>&1 | tee {log:q}"
