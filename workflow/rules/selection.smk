rule tune_threshold:
    input:
        unpack(tuning_evidence),
    output:
        "<results>/selection/{backend}/{suite}/{method}.threshold.json",
    log:
        "<logs>/selection/{backend}/{suite}/{method}.threshold.log",
    conda:
        "../../environment.yml"
    params:
        spec=tuning_spec,
        code=code_digest("gradts.selection.decide"),
        results=lambda wc: RESULTS,
        trials=lambda wc, input: (
            ["--trial", *(f"{Path(path).stem}={path}" for path in input.trials)]
            if input.get("trials")
            else []
        ),
    message:
        "tune the threshold of {wildcards.method} for suite {wildcards.suite}"
    shell:
        "gradts tune --spec {params.spec:q} --results {params.results:q} --matrix {input.matrix:q}"
        " --out {output:q} {params.trials:q} 2>&1 | tee {log:q}"


checkpoint select:
    input:
        unpack(evidence),
    output:
        answer="<results>/selection/{backend}/{suite}/{method}/{primary}.json",
    log:
        "<logs>/selection/{backend}/{suite}/{method}/{primary}.log",
    conda:
        "../../environment.yml"
    params:
        spec=lambda wc: selection_spec(wc.backend, wc.suite, wc.method, wc.primary).to_json(),
        code=code_digest("gradts.selection.decide"),
        results=lambda wc: RESULTS,
        options=options,
    message:
        "{wildcards.method} chooses auxiliary tasks for {wildcards.primary}"
    shell:
        "gradts select --spec {params.spec:q} --results {params.results:q} {params.options:q}"
        " --out {output.answer:q} 2>&1 | tee {log:q}"
