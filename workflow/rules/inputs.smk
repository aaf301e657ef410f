# Input functions and specifications.


def raw_files(wildcards):
    """Local files a task is read from, so that a change of them is noticed."""
    source = PLAN.sources[wildcards.task]
    files = source.origin.get("files", {})
    return [files[theirs] for theirs in source.splits.values()] if files else []


def data_code(wildcards):
    code = code_digest("gradts.data.prepare")
    return code + code_digest("gradts.data.generated") if wildcards.task in GENERATED else code


def run_inputs(wildcards):
    """A joint run depends on its members' data alone, and on τ tables of members filtered by τ."""
    files = []
    for member in members_of(wildcards.members):
        files += [f"<results>/data/{member.task}/{split}.parquet" for split in ("train", "select", "dev")]
        if member.subset is not None and member.subset.primary:
            primary = member.subset.primary
            files.append(f"<results>/instances/{wildcards.backend}/{primary}/{member.task}.parquet")
    return files


# Each input function asks for what its method reads; asking for a joint run that does not exist makes
# Snakemake run it and ask again, so that the greedy search is a chain over shared runs.


def evidence_thres(wc):
    matrix, _ = ask_correlation(wc)
    return {"matrix": matrix}


def evidence_trial(wc):
    matrix, correlation = ask_correlation(wc)
    runs = []

    def locate(members, seed):
        runs.append(ask_run(members, wc.backend, seed))
        return runs[-1]

    spec = selection_spec(wc.backend, wc.suite, "gradts-trial", wc.primary)
    trial_of(spec, correlation[wc.primary], Scores(locate, SEEDS, spec.decide_on))
    return {"matrix": matrix, "runs": runs}


def evidence_fg(wc):
    trial = ask_selection(wc.backend, wc.suite, "gradts-trial", wc.primary)
    chosen = read_json(trial)["auxiliaries"]
    tau = [f"<results>/instances/{wc.backend}/{wc.primary}/{task}.parquet" for task in chosen]
    return {"trial": trial, "instances": tau}


EVIDENCE = {
    "single-task": lambda wc: {},
    "no-sel": lambda wc: {},
    "gradts-thres": evidence_thres,
    "gradts-trial": evidence_trial,
    "gradts-fg": evidence_fg,
}


def evidence(wc):
    files = EVIDENCE[wc.method](wc)
    if is_tuned(wc.method):
        files["threshold"] = f"<results>/selection/{wc.backend}/{wc.suite}/{wc.method}.threshold.json"
    return files


def options(wc, input):
    """Command-line options for the evidence that a method has."""
    named = ((key, input.get(key)) for key in ("matrix", "trial", "threshold"))
    return [part for key, path in named if path for part in (f"--{key}", path)]


def tuning_evidence(wc):
    """The joint runs that try every threshold of the grid on every tuning task."""
    matrix, correlation = ask_correlation(wc)
    tune = SELECTION[wc.method.removeprefix("gradts-")]["threshold"]["tune"]
    files = {"matrix": matrix, "trials": [], "runs": []}
    for primary in tune["tasks"]:
        chosen = ()
        if wc.method == "gradts-fg":
            files["trials"].append(ask_selection(wc.backend, wc.suite, "gradts-trial", primary))
            chosen = read_json(files["trials"][-1])["auxiliaries"]
        for value in tune["grid"]:
            members = tuning_runs(wc.method, value, primary, correlation[primary], chosen)
            files["runs"] += [run_path(wc.backend, members, seed) for seed in SEEDS]
    return files


def tuning_spec(wc):
    """The grid and what is known of the tuning tasks."""
    tune = SELECTION[wc.method.removeprefix("gradts-")]["threshold"]["tune"]
    primaries = [selection_spec(wc.backend, wc.suite, wc.method, primary) for primary in tune["tasks"]]
    return TuningSpec(wc.method, tune["grid"], primaries).to_json()


METHODS = ["single-task", "no-sel", "gradts-thres", "gradts-trial", "gradts-fg"]


def table2_inputs(wildcards):
    """Every method's answer for every primary task, and the joint runs of the chosen sets."""
    suite, backend = TABLE2["suite"], TABLE2["backend"]
    tasks = PLAN.suites[suite]
    # Sets that need no answer are named at once, so that a dry-run lists their runs.
    sets = {name_set([Member(task)]) for task in tasks} | {name_set([Member(task) for task in tasks])}
    runs = [run_path(backend, members_of(name), seed) for name in sorted(sets) for seed in SEEDS]
    answers = expand(
        "<results>/selection/{backend}/{suite}/{method}/{primary}.json",
        backend=backend,
        suite=suite,
        method=METHODS,
        primary=tasks,
    )
    return {"answers": answers, "runs": runs}


def chosen_runs(wildcards):
    """The joint runs of the sets that the methods chose."""
    suite, backend = TABLE2["suite"], TABLE2["backend"]
    runs = []
    for method in METHODS:
        for primary in PLAN.suites[suite]:
            answer = read_json(ask_selection(backend, suite, method, primary))
            members = [Member.parse(text) for text in answer["members"]]
            runs += [run_path(backend, members, seed) for seed in SEEDS]
    return sorted(set(runs))


def table2_spec(wildcards):
    tasks = PLAN.suites[TABLE2["suite"]]
    return TableSpec(
        suite=TABLE2["suite"],
        backend=TABLE2["backend"],
        tasks=[PLAN.tasks[task] for task in tasks],
        methods=METHODS,
        seeds=SEEDS,
        decide_on=SELECTION["decide_on"],
        generated=bool(GENERATED & set(tasks)),
    ).to_json()
