"""What the checks of the software catalog share."""

from datadog_api_client.v2.api.software_catalog_api import SoftwareCatalogApi
from datadog_api_client.v2.model.entity_v3_api_version import EntityV3APIVersion
from datadog_api_client.v2.model.entity_v3_metadata import EntityV3Metadata
from datadog_api_client.v2.model.entity_v3_service import EntityV3Service
from datadog_api_client.v2.model.entity_v3_service_kind import EntityV3ServiceKind
from datadog_api_client.v2.model.entity_v3_service_spec import EntityV3ServiceSpec

from support import CLIENT, expect_equal

CATALOG = SoftwareCatalogApi(CLIENT)
LIST_SIZES = (0, 1, 10, 11, 100, 101)


def service(name, spec=None, **metadata):
    return EntityV3Service(
        api_version=EntityV3APIVersion.V3,
        kind=EntityV3ServiceKind.SERVICE,
        metadata=EntityV3Metadata(name=name, **metadata),
        **({"spec": EntityV3ServiceSpec(**spec)} if spec else {}),
    )


def upsert(name, spec=None, **metadata):
    return CATALOG.upsert_catalog_entity(service(name, spec, **metadata))


def expect_all_once(items, wanted, what):
    expect_equal(len(items), len(wanted), f"number of {what}")
    expect_equal(set(items), set(wanted), what)
