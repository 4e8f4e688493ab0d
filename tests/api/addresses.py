"""Makes each connection come from another address of this machine.

Every operation is tried with a wrong token once, and Heard tells an address that has tried eight of them only to wait.
"""

import itertools

from urllib3.util import connection

places = itertools.count(1)
create_connection = connection.create_connection


def create_from_another_address(address, timeout=None, source_address=None, socket_options=None):
    place = next(places)
    own = f"127.{1 + place // 62500 % 250}.{place // 250 % 250}.{1 + place % 250}"
    return create_connection(address, timeout, (own, 0), socket_options)


connection.create_connection = create_from_another_address
