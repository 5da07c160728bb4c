"""Charts drawn on the server: pure functions from plain values to SVG markup.

They need no script to be read or printed, carry a title and a description, and escape every name they show.
"""

from propel_service.web.charts import control_chart, dvh_plot, palette

__all__ = ["control_chart", "dvh_plot", "palette"]
