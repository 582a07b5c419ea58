"""Supervision (监督检查): every rule of inspection that a profile gives, measured, judged on a day, and forecast."""
