checkpoint correlation:
    input:
        inputs("correlation", "correlation"),
    output:
        matrix=FILE["correlation"],
        sidecar=beside("correlation", ".json"),
    log:
        "<logs>/correlation/{backend}/{suite}.log",
    conda:
        "../../environment.yml"
    params:
        spec=spec("correlation"),
        code=code_digest("gradts.correlation.matrix"),
        importance=lambda wc, input: Path(input[0]).parent,
    message:
        "correlate the tasks of suite {wildcards.suite} under {wildcards.backend}"
    shell:
        "gradts correlate --spec {params.spec:q} --importance {params.importance:q} --out {output.matrix:q}"
        " 2>&1 | tee {log:q}"


rule instances:
    input:
        gradients=FILE["gradients"].replace("{task}", "{auxiliary}"),
        importance=FILE["importance"].replace("{task}", "{primary}"),
    output:
        FILE["instances"],
    log:
        "<logs>/instances/{backend}/{primary}/{auxiliary}.log",
    conda:
        "../../environment.yml"
    params:
        spec=spec("instances"),
        code=code_digest("gradts.correlation.instances"),
    message:
        "τ of the instances of {wildcards.auxiliary} with {wildcards.primary} under {wildcards.backend}"
    shell:
        "gradts instances --spec {params.spec:q} --gradients {input.gradients:q} --importance {input.importance:q}"
        " --out {output:q} 2>&1 | tee {log:q}"
