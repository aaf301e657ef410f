checkpoint correlation:
    input:
        inputs("correlation", "correlation"),
    output:
        matrix=FILE["correlation"],
        sidecar=beside("correlation", ".json"),
        intervals=FILE["intervals"],
        interval_sidecar=beside("intervals", ".json"),
    log:
        "<logs>/correlation/{backend}/{suite}.log",
    params:
        spec=spec("correlation"),
        code=code_version("gradts.correlation.suite"),
        importance=lambda wc: f"{RESULTS}/importance/{wc.backend}",
        gradients=lambda wc: f"{RESULTS}/gradients/{wc.backend}",
    message:
        "correlate the tasks of suite {wildcards.suite} under {wildcards.backend}"
    shell:
        "gradts correlate --spec {params.spec:q} --importance {params.importance:q}"
        " --gradients {params.gradients:q} --out {output.matrix:q} --intervals {output.intervals:q} 2>&1 | tee {log:q}"


checkpoint shuffled:
    input:
        inputs("shuffled", "shuffled"),
    output:
        matrix=FILE["shuffled"],
        sidecar=beside("shuffled", ".json"),
    log:
        "<logs>/correlation/{backend}/{suite}/shuffled{draw}.log",
    params:
        spec=spec("shuffled"),
        code=code_version("gradts.correlation.suite"),
        importance=lambda wc: f"{RESULTS}/importance/{wc.backend}",
    message:
        "correlate the tasks of suite {wildcards.suite} under {wildcards.backend}, heads shuffled: draw {wildcards.draw}"
    shell:
        "gradts correlate-shuffled --spec {params.spec:q} --importance {params.importance:q} --out {output.matrix:q}"
        " 2>&1 | tee {log:q}"


rule instances:
    input:
        inputs("instances", "instances"),
    output:
        FILE["instances"],
    log:
        "<logs>/instances/{backend}/{primary}/{auxiliary}.log",
    params:
        spec=spec("instances"),
        code=code_version("gradts.correlation.instances"),
        gradients=lambda wc: f"{RESULTS}/gradients/{wc.backend}/{wc.auxiliary}",
        importance=lambda wc: f"{RESULTS}/importance/{wc.backend}/{wc.primary}",
    message:
        "τ of the instances of {wildcards.auxiliary} with {wildcards.primary} under {wildcards.backend}"
    shell:
        "gradts instances --spec {params.spec:q} --gradients {params.gradients:q}"
        " --importance {params.importance:q} --out {output:q} 2>&1 | tee {log:q}"
