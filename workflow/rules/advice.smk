rule advice:
    input:
        inputs("advice", "advice"),
    output:
        markdown=FILE["advice"],
        sidecar=beside("advice", ".json"),
        html=report(
            beside("advice", ".html"),
            category="Advice",
            caption="../report/advice.rst",
            labels={"task": "{primary}"},
        ),
        png=beside("advice", ".png"),
        svg=beside("advice", ".svg"),
    log:
        "<logs>/advice/{primary}.log",
    params:
        spec=spec("advice"),
        code=code_version("gradts.reporting.advice"),
        results=lambda wc: RESULTS,
    message:
        "advice for {wildcards.primary}"
    shell:
        "gradts advise --spec {params.spec:q} --results {params.results:q} --markdown {output.markdown:q}"
        " --picture {output.png:q} {output.svg:q} 2>&1 | tee {log:q}"
