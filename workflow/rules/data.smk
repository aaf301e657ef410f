rule prepare:
    input:
        inputs("source", "facts"),
    output:
        train=FILE["train"],
        select=FILE["select"],
        dev=FILE["dev"],
        statistics=FILE["facts"],
    log:
        "<logs>/prepare/{task}.log",
    resources:
        mem_mb=attempts(2000),
        runtime=attempts(20),
    params:
        spec=spec("source"),
        code=code_version("gradts.data.prepare"),
        out=lambda wc, output: Path(output.train).parent,
    message:
        "prepare the splits of {wildcards.task}"
    shell:
        "gradts prepare --spec {params.spec:q} --out {params.out:q} 2>&1 | tee {log:q}"


checkpoint statistics:
    input:
        inputs("statistics", "statistics"),
    output:
        table=FILE["statistics"],
        sidecar=beside("statistics", ".json"),
    log:
        "<logs>/statistics/{suite}.log",
    params:
        spec=spec("statistics"),
        code=code_version("gradts.reporting.facts"),
        data=f"{RESULTS}/data",
    message:
        "sizes, lengths and types of suite {wildcards.suite}"
    shell:
        "gradts statistics --spec {params.spec:q} --data {params.data:q} --out {output.table:q} 2>&1 | tee {log:q}"
