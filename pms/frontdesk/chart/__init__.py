"""The tape chart: units down, days across, whatever takes a unit as a bar. Drawing and asking only; rules live below."""
