"""The desk: pages that people open in a browser, on this machine."""

from packslip.desk.proof_page import PageServer, ProofPage, serve_proof

__all__ = ["PageServer", "ProofPage", "serve_proof"]
