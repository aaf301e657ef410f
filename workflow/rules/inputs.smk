# Input functions and specifications.


def recorded(record, spec, inputs):
    """The input function `inputs` of a rule, which asks an existing file's own record, too.

    Snakemake knows from `.snakemake` what a file was made from. Where that was deleted, a changed value
    would go unnoticed: then the record must agree with `spec`, the text that the rule's params hold.

    Of a file that waits for a checkpoint Snakemake does not ask whether it is out of date, and keeps it.
    Where it may be, a checkpoint's output that does not exist is named as a plain input: then Snakemake asks.
    """

    def checked(wc):
        path = record.format(**wc).replace("<results>", RESULTS)
        if os.path.exists(path) and workflow.persistence.metadata(IOFile(path)) is None:
            kind = Path(path).relative_to(RESULTS).parts[0]
            fix = f"Snakemake's memory of it (.snakemake) is gone: delete it and its like in {RESULTS}/{kind}"
            try:
                expect(path, provenance(path), specified(spec(wc)), fix)
            except InputError as error:
                # Any lesser exception would make Snakemake take the file for a source, as it is.
                raise SystemExit(f"Error: {error}") from None
        try:
            return inputs(wc)
        except IncompleteCheckpointException as missing:
            awaited = str(missing.targetfile)
            if os.path.exists(path) and not os.path.exists(awaited) and outdated(path, spec(wc)):
                return [awaited]
            raise

    return checked


def specified(spec):
    """What the record of a file says that was made from this specification."""
    return {f"spec.{key}": value for key, value in json.loads(spec).items()}


def outdated(path, spec):
    """Whether a file may be: of another specification, of other code, or older than what it was made from."""
    try:
        record = provenance(path)
        expect(path, record, specified(spec))
        expect(path, record, {"code": code_digest(record["stage"])})
    except InputError:
        return True
    made, read = os.path.getmtime(path), workflow.persistence.input(IOFile(path)) or []
    return any(os.path.getmtime(file) > made for file in read if os.path.exists(file))


def raw_files(wildcards):
    """Local files a task is read from, so that a change of them is noticed."""
    source = PLAN.sources[wildcards.task]
    files = source.origin.get("files", {})
    return [files[theirs] for theirs in source.splits.values()] if files else []


def source_spec(wildcards):
    return PLAN.sources[wildcards.task].to_json()


def data_code(wildcards):
    code = code_digest("gradts.data.prepare")
    return code + code_digest("gradts.data.generated") if wildcards.task in GENERATED else code


def splits_of(tasks):
    return [
        f"<results>/data/{task}/{split}.parquet" for task in tasks for split in ("train", "select", "dev")
    ]


def gradient_spec(wildcards):
    return PLAN.gradient_spec(wildcards.task, wildcards.backend).to_json()


def run_spec(wildcards):
    return PLAN.run_spec(members_of(wildcards.members), wildcards.backend, int(wildcards.seed)).to_json()


def run_inputs(wildcards):
    """A joint run depends on its members' data alone, and on τ tables of members filtered by τ."""
    members = members_of(wildcards.members)
    files = splits_of(member.task for member in members)
    for member in members:
        if member.subset is not None and member.subset.kind in ("tau", "keep"):
            primary = member.subset.primary
            files.append(f"<results>/instances/{wildcards.backend}/{primary}/{member.task}.parquet")
    return files


def launcher(wildcards):
    """`gradts`, in several processes where the backend asks for several GPUs."""
    gpus = PLAN.gpus[wildcards.backend]
    return "gradts" if gpus == 1 else f"torchrun --standalone --no-python --nproc-per-node {gpus} gradts"


# ---- selections: the graph runs the selectors, too. Asking for a file that does not exist makes Snakemake
# make it and ask again, so that a greedy search is a chain of checkpoints over shared runs.


def done(checkpoint, fields, names):
    """The outputs of a checkpoint; where an older answer is just being remade, Snakemake waits for it."""
    output = checkpoint.get(**pick(fields, names)).output
    if not os.path.exists(output[0]):
        raise IncompleteCheckpointException(checkpoint.rule, output[0])
    return output


def make_first(kind, fields):
    """The path of a file that decides which others are needed; made first where it does not exist."""
    if kind == "correlation":
        return done(checkpoints.correlation, fields, "backend suite").matrix
    if kind == "statistics":
        return done(checkpoints.statistics, fields, "suite").table
    if kind == "run":
        name_set(fields["set"])
        return done(checkpoints.joint, fields, "backend members seed").metrics
    return done(checkpoints.select, fields, "backend suite method primary").answer


def pick(fields, names):
    return {name: fields[name] for name in names.split()}


def asking(spec, files):
    """Evidence whose files are made when a selector asks for them, and listed in `files`."""

    def find(kind, fields):
        if kind in ("correlation", "statistics", "run", "answer"):
            path = str(make_first(kind, fields))
        else:
            path = f"<results>/{FILES[kind].format(**fields)}"
        files.append(path)
        return path

    return Evidence(spec, find, to_the_end=False)


def evidence(wc):
    """All files that a method's selector reads for a primary task."""
    spec = selection_spec(**wc)
    files = []
    with suppress(Enough):
        selector(wc.method)(asking(spec, files))
    if is_tuned(spec.threshold):
        files.append(f"<results>/{FILES['threshold'].format(**wc)}")
    return sorted(set(files))


def tuning_spec(wc):
    """The grid and what is known of the tuning tasks."""
    tune = SELECTION[wc.method.removeprefix("gradts-")]["threshold"]["tune"]
    primaries = [selection_spec(wc.backend, wc.suite, wc.method, primary) for primary in tune["tasks"]]
    return TuningSpec(wc.method, tune["grid"], primaries)


def tuning_evidence(wc):
    """What decides the sets of a tuning, and the joint runs that try every threshold on every tuning task."""
    spec, files = tuning_spec(wc), []
    sets = tuning_sets(spec, [asking(primary, files) for primary in spec.primaries])
    runs = [run_path(wc.backend, one, seed) for row in sets for one in row for seed in SEEDS]
    return sorted({*files, *runs})


def bandit_spec(wc):
    return BanditSpec(
        primary=PLAN.tasks[wc.primary],
        tasks=[PLAN.tasks[task] for task in PLAN.suites[wc.suite]],
        backend=PLAN.backends[wc.backend],
        recipe=PLAN.recipe,
        seed=AUTOSEM["seed"],
        decide_on=SELECTION["decide_on"],
        rounds=AUTOSEM["rounds"],
        batches=AUTOSEM["batches"],
        gamma=AUTOSEM["gamma"],
    ).to_json()


def stage1(wc):
    """AUTOSEM-p1's answer, made first where it does not exist."""
    return str(make_first("answer", {**wc, "method": "autosem-p1"}))


def mixing_inputs(wc):
    """Stage 2 depends on the tasks that stage 1 chose, and on no other task.

    They stand in its specification; an answer that is merely written again (it says how long it took) is old.
    """
    answer = stage1(wc)
    return [ancient(answer), *splits_of([wc.primary, *read_json(answer)["auxiliaries"]])]


def mixing_spec(wc):
    return MixingSpec(
        primary=PLAN.tasks[wc.primary],
        auxiliaries=[PLAN.tasks[task] for task in sorted(read_json(stage1(wc))["auxiliaries"])],
        backend=PLAN.backends[wc.backend],
        recipe=replace(PLAN.recipe, epochs=AUTOSEM["epochs"] or PLAN.recipe.epochs),
        seed=AUTOSEM["seed"],
        decide_on=SELECTION["decide_on"],
        trials=AUTOSEM["trials"],
        max_ratio=AUTOSEM["max_ratio"],
    ).to_json()


# ---- tables


def answer_path(backend, suite, method, primary):
    return f"<results>/selection/{backend}/{suite}/{method}/{primary}.json"


def table_answers(number):
    """Every answer that a table shows."""
    suite, backends, rows = table_of(number)
    return [
        answer_path(backend, suite, answer, primary)
        for backend in backends
        for row in rows
        for answer in answers_of(row, DRAWS)
        for primary in primaries_of(number)
    ]


def table_inputs(wc):
    """Every method's answer for every primary task, and joint runs that need no answer."""
    suite, backends, rows = table_of(wc.number)
    primaries = primaries_of(wc.number)
    # Named at once, so that a dry-run lists them.
    sets = [[task] for task in primaries] if "single-task" in rows else []
    sets += [PLAN.suites[suite]] if "no-sel" in rows else []
    runs = [
        run_path(backend, list(map(Member, one)), seed)
        for backend in backends
        for one in sets
        for seed in SEEDS
    ]
    return {"answers": table_answers(wc.number), "runs": runs, "splits": splits_of(primaries)}


def chosen_runs(wc):
    """The joint runs of the sets that the methods chose."""
    suite, backends, rows = table_of(wc.number)
    methods = [answer for row in rows for answer in answers_of(row, DRAWS)]
    runs = set()
    for backend, method, primary in product(backends, methods, primaries_of(wc.number)):
        fields = {"backend": backend, "suite": suite, "method": method, "primary": primary}
        members = map(Member.parse, read_json(make_first("answer", fields))["members"])
        runs |= {run_path(backend, list(members), seed) for seed in SEEDS}
    return sorted(runs)


def table_spec(number, methods=None):
    suite, backends, rows = table_of(number)
    return TableSpec(
        number=number,
        suite=suite,
        backends=backends,
        tasks=[PLAN.tasks[task] for task in primaries_of(number)],
        methods=methods or rows,
        draws=DRAWS,
        seeds=SEEDS,
        decide_on=SELECTION["report_on"] or SELECTION["decide_on"],
        generated=bool(generated_note(suite)),
    ).to_json()


# Figures 1 and 2 show what tables 3 and 5 count.
def figure_spec(wc):
    return table_spec("3") if wc.number == "1" else table_spec("5", ["gradts-trial", "gradts-fg"])


def figure_answers(wc):
    return table_answers("3" if wc.number == "1" else "5")


def facts_of(suite):
    return {
        task: {
            "objective": PLAN.tasks[task].objective,
            "labels": len(PLAN.tasks[task].labels),
            "type": PLAN.types[task] or "",
        }
        for task in PLAN.suites[suite]
    }


def cost_inputs(wildcards):
    """Every answer of the cost tables; its evidence was made before it."""
    return table_answers("10")


def cost_rows(wc):
    """The rows of Table 10, and those of them that Table 3 has."""
    rows = table_of("10")[2]
    return rows if wc.number == "10" else [row for row in rows if row in COST_TABLES["3"].split()]


def cost_spec(wildcards):
    suite, (backend, *_), rows = table_of("10")
    pattern = selection_spec(backend, suite, "single-task", PLAN.suites[suite][0])
    thresholds = {row: selection_spec(backend, suite, row, pattern.primary.name).threshold for row in rows}
    return CostSpec(pattern, [PLAN.tasks[task] for task in PLAN.suites[suite]], thresholds).to_json()
