"""FedQI over Flower: the same sessions, carried by SuperLink and SuperNodes.

Importing this package imports neither Flower nor anything else; :mod:`fedqi.flower.client` and
:mod:`aggregator.flower` need the extra ``fedqi[flower]``.
"""
