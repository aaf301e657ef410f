rule bandit:
    input:
        recorded(
            "<results>/autosem/{backend}/{suite}/{primary}/bandit.json",
            bandit_spec,
            lambda wc: splits_of(PLAN.suites[wc.suite]),
        ),
    output:
        "<results>/autosem/{backend}/{suite}/{primary}/bandit.json",
    log:
        "<logs>/autosem/{backend}/{suite}/{primary}/bandit.log",
    benchmark:
        "<benchmarks>/autosem/{backend}/{suite}/{primary}/bandit.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=lambda wc, attempt: 4000 * attempt,
        runtime=lambda wc, attempt: 480 * attempt,
    params:
        spec=bandit_spec,
        code=code_digest("gradts.autosem.bandit"),
        data=lambda wc: f"{RESULTS}/data",
    message:
        "AUTOSEM-p1's bandit for {wildcards.primary} in suite {wildcards.suite} under {wildcards.backend}"
    shell:
        "gradts bandit --spec {params.spec:q} --data {params.data:q} --out {output:q}"
        " --threads {threads} 2>&1 | tee {log:q}"


rule mixing:
    input:
        recorded("<results>/autosem/{backend}/{suite}/{primary}/mixing.json", mixing_spec, mixing_inputs),
    output:
        "<results>/autosem/{backend}/{suite}/{primary}/mixing.json",
    log:
        "<logs>/autosem/{backend}/{suite}/{primary}/mixing.log",
    benchmark:
        "<benchmarks>/autosem/{backend}/{suite}/{primary}/mixing.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=lambda wc, attempt: 4000 * attempt,
        runtime=lambda wc, attempt: 480 * attempt,
    params:
        spec=mixing_spec,
        code=code_digest("gradts.autosem.mixing"),
        data=lambda wc: f"{RESULTS}/data",
    message:
        "AUTOSEM's mixing ratios for {wildcards.primary} in suite {wildcards.suite} under {wildcards.backend}"
    shell:
        "gradts mixing --spec {params.spec:q} --data {params.data:q} --out {output:q}"
        " --threads {threads} 2>&1 | tee {log:q}"


rule tune_threshold:
    input:
        recorded(
            "<results>/selection/{backend}/{suite}/{method}.threshold.json",
            lambda wc: tuning_spec(wc).to_json(),
            tuning_evidence,
        ),
    output:
        "<results>/selection/{backend}/{suite}/{method}.threshold.json",
    log:
        "<logs>/selection/{backend}/{suite}/{method}.threshold.log",
    conda:
        "../../environment.yml"
    params:
        spec=lambda wc: tuning_spec(wc).to_json(),
        code=code_digest("gradts.selection.decide"),
        results=lambda wc: RESULTS,
    message:
        "tune the threshold of {wildcards.method} for suite {wildcards.suite}"
    shell:
        "gradts tune --spec {params.spec:q} --results {params.results:q} --out {output:q} 2>&1 | tee {log:q}"


checkpoint select:
    input:
        recorded(
            "<results>/selection/{backend}/{suite}/{method}/{primary}.json",
            lambda wc: selection_spec(**wc).to_json(),
            evidence,
        ),
    output:
        answer="<results>/selection/{backend}/{suite}/{method}/{primary}.json",
    log:
        "<logs>/selection/{backend}/{suite}/{method}/{primary}.log",
    conda:
        "../../environment.yml"
    params:
        spec=lambda wc: selection_spec(**wc).to_json(),
        code=code_digest("gradts.selection.decide"),
        results=lambda wc: RESULTS,
    message:
        "{wildcards.method} chooses auxiliary tasks for {wildcards.primary}"
    shell:
        "gradts select --spec {params.spec:q} --results {params.results:q} --out {output.answer:q}"
        " 2>&1 | tee {log:q}"
