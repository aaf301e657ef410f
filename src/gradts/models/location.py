"""Where a backend is: the folder of a pre-trained encoder, verified, or its name on a hub."""

from importlib import metadata
from pathlib import Path

from gradts.names import InputError
from gradts.provenance import digest, folder_digest
from gradts.specs import Backend

WEIGHTS = "model.safetensors"


def locate(backend: Backend) -> str:
    """The hub name or verified local folder of a backend.

    Raises InputError where the package or folder is missing, has no safetensors weights, their sha256 is
    not the declared one, or the folder has changed since the run was planned.
    """
    if backend.hub is not None:
        return backend.hub
    folder = _package_folder(backend) if backend.package else Path(str(backend.path))
    weights = folder / WEIGHTS
    if not weights.is_file():
        raise InputError(f"backend '{backend.name}': {weights} is missing; only safetensors weights are read")
    if backend.sha256 is not None:
        found = digest(weights)
        if found != backend.sha256:
            raise InputError(
                f"backend '{backend.name}': {weights} has sha256 {found}, the registry says "
                f"{backend.sha256}; install the package again or mend the registry"
            )
    if backend.digest is not None and (found := folder_digest(folder)) != backend.digest:
        raise InputError(
            f"backend '{backend.name}': the files of {folder} are others (digest {found}) than when this run "
            f"was planned ({backend.digest}); start it again, to make anew what depends on them"
        )
    return str(folder)


def _package_folder(backend: Backend) -> Path:
    try:
        return Path(str(metadata.distribution(backend.package).locate_file(backend.folder)))
    except metadata.PackageNotFoundError as error:
        raise InputError(
            f"backend '{backend.name}': package {backend.package} is not installed; "
            f"pip install {backend.package}"
        ) from error
