"""The peer's own way to all histograms of a structure set; one line of JSON a structure."""

import json
import sys
import warnings

warnings.simplefilter("ignore")

from dicompylercore import dicomparser, dvhcalc  # noqa: E402  # after the filter, which its imports would trip


def main(structures: str, dose: str) -> None:
    """Compute every structure that has contours."""
    parser = dicomparser.DicomParser(structures)
    for number, structure in parser.GetStructures().items():
        if structure["empty"] or not parser.GetStructureCoordinates(number):
            continue
        dvh = dvhcalc.get_dvh(structures, dose, number)
        print(json.dumps({"number": int(number), "volume_cc": float(dvh.volume), "mean_gy": float(dvh.mean)}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
