"""Proof: what a layout looks like for every kind of customer, language and parcel, before anything is printed."""

from packslip.proof.cases import ProofCase, proof_cases
from packslip.proof.contact import contact_sheet, draw_pages
from packslip.proof.drawing import PressMany, ProofSlip, Sheet, draw_cases, draw_proof
from packslip.proof.saving import CONTACT_SHEET, save_proof
from packslip.proof.tray import tray_sheet
from packslip.proof.trial import try_layouts
from packslip.proof.watching import Changes, Look, draw_looks, watch_proof

__all__ = [
    "CONTACT_SHEET",
    "Changes",
    "Look",
    "PressMany",
    "ProofCase",
    "ProofSlip",
    "Sheet",
    "contact_sheet",
    "draw_cases",
    "draw_looks",
    "draw_pages",
    "draw_proof",
    "proof_cases",
    "save_proof",
    "tray_sheet",
    "try_layouts",
    "watch_proof",
]
