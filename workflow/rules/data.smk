rule prepare:
    input:
        recorded("<results>/data/{task}/statistics.json", source_spec, raw_files),
    output:
        train="<results>/data/{task}/train.parquet",
        select="<results>/data/{task}/select.parquet",
        dev="<results>/data/{task}/dev.parquet",
        statistics="<results>/data/{task}/statistics.json",
    log:
        "<logs>/prepare/{task}.log",
    conda:
        "../../environment.yml"
    resources:
        mem_mb=lambda wc, attempt: 2000 * attempt,
        runtime=lambda wc, attempt: 20 * attempt,
    params:
        spec=source_spec,
        code=data_code,
        out=lambda wc, output: Path(output.train).parent,
    message:
        "prepare the splits of {wildcards.task}"
    shell:
        "gradts prepare --spec {params.spec:q} --out {params.out:q} 2>&1 | tee {log:q}"


checkpoint statistics:
    input:
        lambda wc: expand("<results>/data/{task}/statistics.json", task=PLAN.suites[wc.suite]),
    output:
        table="<results>/statistics/{suite}.csv",
        sidecar="<results>/statistics/{suite}.json",
    log:
        "<logs>/statistics/{suite}.log",
    conda:
        "../../environment.yml"
    params:
        facts=lambda wc: json.dumps(facts_of(wc.suite)),
        code=code_digest("gradts.reporting.tables"),
        data=lambda wc: f"{RESULTS}/data",
    message:
        "sizes, lengths and types of suite {wildcards.suite}"
    shell:
        "gradts statistics --facts {params.facts:q} --data {params.data:q} --out {output.table:q} 2>&1 | tee {log:q}"
