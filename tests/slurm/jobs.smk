# Small jobs for the tests of profiles/slurm. Where they bear the name of a real rule, they get its resources.


rule gradients:  # says which GPU it had, from when to when
    output:
        "gpu/{n}.txt",
    shell:
        "begin=$(date +%s.%N); sleep 4; echo ${{CUDA_VISIBLE_DEVICES:-none}} $begin $(date +%s.%N) > {output}"


rule gpus:
    input:
        expand("gpu/{n}.txt", n=range(4)),
    output:
        "gpus.txt",
    localrule: True
    shell:
        "cat {input} > {output}"


rule bandit:  # fails at first, as a job does that a full node has killed
    output:
        "grown.txt",
    shell:
        "echo {resources.mem_mb} {resources.runtime} >> attempts.txt; [ $(wc -l < attempts.txt) -gt 1 ]"
        " && cp attempts.txt {output}"


rule long:  # would take for ever within its first minute
    output:
        "long.txt",
    resources:
        mem_mb=500,
        runtime=lambda wc, attempt: attempt,
    shell:
        "[ {resources.runtime} -gt 1 ] || sleep 600; echo {resources.runtime} minutes > {output}"


rule large:  # takes 700 MB beside Snakemake's own
    output:
        "large.txt",
    resources:
        mem_mb=lambda wc, attempt: 500 if attempt == 1 else 2000,
        runtime=5,
    shell:
        "python -c 'import time; x = b\"x\" * (700 << 20); time.sleep(4)'; echo {resources.mem_mb} MB > {output}"


rule more:
    input:
        "grown.txt",
        "long.txt",
        "large.txt",
    output:
        "more.txt",
    localrule: True
    shell:
        "cat {input} > {output}"


# A job that leaves a half-written output where it is stopped, and one that follows it.
rule slow:
    output:
        "{name}.slow.txt",
    resources:
        mem_mb=500,
        runtime=5,
    shell:
        "echo half > {output}; echo started >> {wildcards.name}.log; sleep 5;"
        " echo whole > {output}; echo ended >> {wildcards.name}.log"


rule next:
    input:
        "{name}.slow.txt",
    output:
        "{name}.next.txt",
    resources:
        mem_mb=500,
        runtime=5,
    shell:
        "cat {input} > {output}; echo next >> {output}"
