rule map:
    input:
        inputs("map", "map"),
    output:
        map=FILE["map"],
        sidecar=beside("map", ".json"),
    log:
        "<logs>/maps/{backend}/{task}.log",
    benchmark:
        "<benchmarks>/maps/{backend}/{task}.tsv"
    threads: 1
    resources:
        gpu=1,
        mem_mb=attempts(4000),
        runtime=attempts(240),
    params:
        spec=spec("map"),
        code=code_version("gradts.transfer.tuned"),
        data=f"{RESULTS}/data",
        embedded=lambda wc: FILE["embedded"].format(**wc),
    message:
        "what a fine-tune on {wildcards.task} does to embeddings under {wildcards.backend}"
    shell:
        "gradts map --spec {params.spec:q} --data {params.data:q} --embedded {params.embedded:q} --out {output.map:q}"
        " --threads {threads} 2>&1 | tee {log:q}"


# What they say decides which joint runs are needed.
checkpoint esm:
    input:
        inputs("esm", "esm"),
    output:
        values=FILE["esm"],
        sidecar=beside("esm", ".json"),
    log:
        "<logs>/esm/{backend}/{suite}.log",
    benchmark:
        "<benchmarks>/esm/{backend}/{suite}.tsv"
    threads: 1
    resources:
        mem_mb=attempts(4000),
        runtime=attempts(240),
    params:
        spec=spec("esm"),
        code=code_version("gradts.transfer.esm"),
        data=f"{RESULTS}/data",
        embeddings=lambda wc: f"{RESULTS}/embeddings/{wc.backend}",
        maps=lambda wc: f"{RESULTS}/maps/{wc.backend}",
    message:
        "ESM's values in suite {wildcards.suite} under {wildcards.backend}"
    shell:
        "gradts esm --spec {params.spec:q} --data {params.data:q} --embeddings {params.embeddings:q}"
        " --maps {params.maps:q} --out {output.values:q} --threads {threads} 2>&1 | tee {log:q}"


checkpoint logme:
    input:
        inputs("logme", "logme"),
    output:
        values=FILE["logme"],
        sidecar=beside("logme", ".json"),
    log:
        "<logs>/logme/{backend}/{suite}/{auxiliary}.log",
    benchmark:
        "<benchmarks>/logme/{backend}/{suite}/{auxiliary}.tsv"
    threads: 1
    resources:
        gpu=1,
        mem_mb=attempts(4000),
        runtime=attempts(240),
    params:
        spec=spec("logme"),
        code=code_version("gradts.transfer.tuned"),
        data=f"{RESULTS}/data",
    message:
        "LogME of {wildcards.auxiliary} for suite {wildcards.suite} under {wildcards.backend}"
    shell:
        "gradts logme --spec {params.spec:q} --data {params.data:q} --out {output.values:q} --threads {threads}"
        " 2>&1 | tee {log:q}"
