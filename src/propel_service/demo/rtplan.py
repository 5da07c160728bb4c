"""The RTPLAN of a synthetic study, with what a control point does not change left out, as planning systems do."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import RTPlanStorage, RTStructureSetStorage

from propel_core.units import FloatArray
from propel_service.demo.dicom import MANUFACTURER, Study, approve, instance, item, reference, save
from propel_service.demo.encoding import Encoder, decimals
from propel_service.demo.machine import Field, Machine, Rotation

__all__ = ["write_plan"]


def write_plan(path: Path, study: Study, machine: Machine, fields: Sequence[Field]) -> None:
    """Write the RTPLAN of `study`, its beams numbered from 1."""
    dataset = instance(study, RTPlanStorage, "RTPLAN", study.planned_at)
    dataset.RTPlanLabel = study.label
    dataset.RTPlanName = f"SYNTHETIC {study.site}"
    dataset.RTPlanDescription = (
        f"SYNTHETIC {study.site}, {study.prescription_gy:g} Gy in {study.fractions} fractions; not a patient"
    )
    dataset.RTPlanDate, dataset.RTPlanTime = dataset.InstanceCreationDate, dataset.InstanceCreationTime
    if study.export.states_site:
        dataset.TreatmentSites = study.site
    dataset.PlanIntent = "CURATIVE"
    dataset.RTPlanGeometry = "PATIENT"
    dataset.DoseReferenceSequence = [_dose_reference(study)]
    dataset.FractionGroupSequence = [_fraction_group(study, fields)]
    dataset.BeamSequence = [_beam(study, machine, field, number) for number, field in enumerate(fields, 1)]
    dataset.PatientSetupSequence = [item(PatientPosition="HFS", PatientSetupNumber=1, SetupTechnique="ISOCENTRIC")]
    dataset.ReferencedStructureSetSequence = [reference(RTStructureSetStorage, study.uid("RTSTRUCT"))]
    approve(dataset, study)
    save(dataset, path)


def _dose_reference(study: Study) -> Dataset:
    return item(
        DoseReferenceNumber=1,
        DoseReferenceUID=study.uid("DOSE REFERENCE"),
        DoseReferenceStructureType="SITE",
        DoseReferenceDescription=f"SYNTHETIC {study.site}",
        DoseReferenceType="TARGET",
        TargetPrescriptionDose=f"{study.prescription_gy:g}",
    )


def _fraction_group(study: Study, fields: Sequence[Field]) -> Dataset:
    total = sum(field.meterset_mu for field in fields)
    fraction_gy = study.prescription_gy / study.fractions
    return item(
        FractionGroupNumber=1,
        NumberOfFractionsPlanned=study.fractions,
        NumberOfBeams=len(fields),
        NumberOfBrachyApplicationSetups=0,
        ReferencedBeamSequence=[
            item(
                BeamDose=f"{fraction_gy * field.meterset_mu / total:.4f}",
                BeamMeterset=f"{field.meterset_mu:.2f}",
                ReferencedBeamNumber=number,
            )
            for number, field in enumerate(fields, 1)
        ],
    )


def _beam(study: Study, machine: Machine, field: Field, number: int) -> Dataset:
    encoder = Encoder(implicit=study.export.implicit)
    origin = np.array(study.origin_mm)
    points = range(field.weight.size)
    jaws = ["ASYMX", "ASYMY"] if machine.has_x_jaws else ["ASYMY"]
    beam = item(
        Manufacturer=MANUFACTURER,
        ManufacturerModelName=study.export.model,
        TreatmentMachineName=machine.name,
        PrimaryDosimeterUnit="MU",
        SourceAxisDistance="1000",
        BeamLimitingDeviceSequence=[
            *(item(RTBeamLimitingDeviceType=kind, NumberOfLeafJawPairs=1) for kind in jaws),
            item(
                RTBeamLimitingDeviceType="MLCX",
                NumberOfLeafJawPairs=machine.boundaries_mm.size - 1,
                LeafPositionBoundaries=machine.boundaries_mm.tolist(),
            ),
        ],
        BeamNumber=number,
        BeamName=field.name,
        BeamType="DYNAMIC",
        RadiationType="PHOTON",
        TreatmentDeliveryType="TREATMENT",
        NumberOfWedges=0,
        NumberOfCompensators=0,
        NumberOfBoli=0,
        NumberOfBlocks=0,
        FinalCumulativeMetersetWeight=f"{machine.final_weight:g}",
        NumberOfControlPoints=field.weight.size,
        ReferencedPatientSetupNumber=1,
    )
    encoded = [_control_point(encoder, machine, field, index, origin) for index in points]
    encoder.put(beam, "ControlPointSequence", b"".join(encoded))
    return beam


def _control_point(encoder: Encoder, machine: Machine, field: Field, index: int, origin_mm: FloatArray) -> bytes:
    """Return one control point; what does not change is written at the first only and inherited from then on."""
    first, moving = index == 0, field.rotation is not Rotation.NONE
    elements: dict[str, str | bytes] = {"ControlPointIndex": str(index)}
    if first:
        elements |= {"NominalBeamEnergy": "6", "DoseRateSet": "600"}
    devices = _devices(encoder, machine, field, index)
    if devices:
        elements["BeamLimitingDevicePositionSequence"] = devices
    if first or moving:
        last = index == field.weight.size - 1
        elements["GantryAngle"] = f"{field.gantry_deg[index]:.1f}"
        elements["GantryRotationDirection"] = Rotation.NONE.value if last else field.rotation.value
    if first:
        elements |= {
            "BeamLimitingDeviceAngle": f"{field.collimator_deg:.1f}",
            "BeamLimitingDeviceRotationDirection": "NONE",
            "PatientSupportAngle": "0",
            "PatientSupportRotationDirection": "NONE",
            "TableTopEccentricAngle": "0",
            "TableTopEccentricRotationDirection": "NONE",
            "TableTopVerticalPosition": "",
            "TableTopLongitudinalPosition": "",
            "TableTopLateralPosition": "",
            "IsocenterPosition": decimals(np.array(field.isocentre_mm) + origin_mm, 2),
        }
    elements["CumulativeMetersetWeight"] = f"{machine.final_weight * field.weight[index]:.8g}"
    return encoder.item(**elements)


def _devices(encoder: Encoder, machine: Machine, field: Field, index: int) -> bytes:
    """Return the jaws and leaves that the control point states, or nothing when it inherits them all."""
    stated: list[tuple[str, FloatArray]] = []
    if index == 0 and field.jaws_x_mm is not None:
        stated.append(("ASYMX", field.jaws_x_mm[index]))
    if index == 0 or (machine.jaws_follow and field.rotation is not Rotation.NONE):
        stated.append(("ASYMY", field.jaws_y_mm[index]))
    if field.moved[index]:
        stated.append(("MLCX", field.leaves_mm[index]))
    return b"".join(
        encoder.item(RTBeamLimitingDeviceType=kind, LeafJawPositions=decimals(positions, machine.decimals))
        for kind, positions in stated
    )
