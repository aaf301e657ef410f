checkpoint correlation:
    input:
        lambda wc: expand(
            "<results>/importance/{backend}/{task}.npy",
            backend=wc.backend,
            task=PLAN.suites[wc.suite],
        ),
    output:
        matrix="<results>/correlation/{backend}/{suite}.csv",
        sidecar="<results>/correlation/{backend}/{suite}.json",
    log:
        "<logs>/correlation/{backend}/{suite}.log",
    conda:
        "../../environment.yml"
    params:
        specs=lambda wc: [PLAN.gradient_spec(task, wc.backend).to_json() for task in PLAN.suites[wc.suite]],
        layer_norm=LAYER_NORM,
        code=code_digest("gradts.correlation.matrix"),
        importance=lambda wc, input: Path(input[0]).parent,
    message:
        "correlate the tasks of suite {wildcards.suite} under {wildcards.backend}"
    shell:
        "gradts correlate --spec {params.specs:q} --layer-norm {params.layer_norm}"
        " --importance {params.importance:q} --out {output.matrix:q} 2>&1 | tee {log:q}"


rule instances:
    input:
        gradients="<results>/gradients/{backend}/{aux}.parquet",
        importance="<results>/importance/{backend}/{primary}.npy",
    output:
        "<results>/instances/{backend}/{primary}/{aux}.parquet",
    log:
        "<logs>/instances/{backend}/{primary}/{aux}.log",
    conda:
        "../../environment.yml"
    params:
        auxiliary=lambda wc: PLAN.gradient_spec(wc.aux, wc.backend).to_json(),
        primary=lambda wc: PLAN.gradient_spec(wc.primary, wc.backend).to_json(),
        layer_norm=LAYER_NORM,
        code=code_digest("gradts.correlation.instances"),
    message:
        "τ of the instances of {wildcards.aux} with {wildcards.primary} under {wildcards.backend}"
    shell:
        "gradts instances --auxiliary {params.auxiliary:q} --primary {params.primary:q}"
        " --layer-norm {params.layer_norm} --gradients {input.gradients:q}"
        " --importance {input.importance:q} --out {output:q} 2>&1 | tee {log:q}"
