rule truth:
    input:
        inputs("truth", "truth"),
    output:
        csv=FILE["truth"],
        sidecar=beside("truth", ".json"),
    log:
        "<logs>/truth/{backend}/{suite}.log",
    conda:
        "../../environment.yml"
    params:
        spec=spec("truth"),
        code=code_version("gradts.truth.scores"),
        results=lambda wc: RESULTS,
    message:
        "the scores of all sets of suite {wildcards.suite} under {wildcards.backend}"
    shell:
        "gradts truth --spec {params.spec:q} --results {params.results:q} --out {output.csv:q} 2>&1 | tee {log:q}"
