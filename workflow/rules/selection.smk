rule bandit:
    input:
        inputs("bandit", "bandit"),
    output:
        FILE["bandit"],
    log:
        "<logs>/autosem/{backend}/{suite}/{primary}/bandit.log",
    benchmark:
        "<benchmarks>/autosem/{backend}/{suite}/{primary}/bandit.tsv"
    threads: 1
    resources:
        gpu=1,
        mem_mb=attempts(4000),
        runtime=attempts(480),
    params:
        command="bandit",
        spec=spec("bandit"),
        code=code_version("gradts.autosem.bandit"),
        data=f"{RESULTS}/data",
    message:
        "AUTOSEM-p1's bandit for {wildcards.primary} in suite {wildcards.suite} under {wildcards.backend}"
    shell:
        "gradts {params.command:q} --spec {params.spec:q} --data {params.data:q} --out {output:q}"
        " --threads {threads} 2>&1 | tee {log:q}"


use rule bandit as mixing with:
    input:
        inputs("mixing", "mixing"),
    output:
        FILE["mixing"],
    log:
        "<logs>/autosem/{backend}/{suite}/{primary}/mixing.log",
    benchmark:
        "<benchmarks>/autosem/{backend}/{suite}/{primary}/mixing.tsv"
    params:
        command="mixing",
        spec=spec("mixing"),
        code=code_version("gradts.autosem.mixing"),
        data=f"{RESULTS}/data",
    message:
        "AUTOSEM's mixing ratios for {wildcards.primary} in suite {wildcards.suite} under {wildcards.backend}"


rule tune_threshold:
    input:
        inputs("tuning", "threshold"),
    output:
        FILE["threshold"],
    log:
        "<logs>/selection/{backend}/{suite}/{method}.threshold.log",
    params:
        spec=spec("tuning"),
        code=code_version("gradts.selection.decide"),
        results=lambda wc: RESULTS,
    message:
        "tune the threshold of {wildcards.method} for suite {wildcards.suite}"
    shell:
        "gradts tune --spec {params.spec:q} --results {params.results:q} --out {output:q} 2>&1 | tee {log:q}"


checkpoint select:
    input:
        inputs("selection", "answer"),
    output:
        FILE["answer"],
    log:
        "<logs>/selection/{backend}/{suite}/{method}/{primary}.log",
    params:
        spec=spec("selection"),
        code=code_version("gradts.selection.decide"),
        results=lambda wc: RESULTS,
    message:
        "{wildcards.method} chooses auxiliary tasks for {wildcards.primary}"
    shell:
        "gradts select --spec {params.spec:q} --results {params.results:q} --out {output:q} 2>&1 | tee {log:q}"
