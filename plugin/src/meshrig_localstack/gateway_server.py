"""A gateway server that keeps to the address it is given: chosen with GATEWAY_SERVER=loopback.

LocalStack's own twisted server takes only the port of GATEWAY_LISTEN and binds it on every interface, so that an
emulator on a laptop is open to the network around it.
"""

from localstack.config import HostAndPort
from localstack.runtime.server.core import RuntimeServer, RuntimeServerPlugin
from localstack.runtime.server.twisted import TwistedRuntimeServer
from rolo.gateway import Gateway
from rolo.serving.twisted import TwistedGateway
from twisted.internet import endpoints, reactor


class LoopbackServer(TwistedRuntimeServer):
    """LocalStack's twisted server, plain HTTP, on exactly the hosts of GATEWAY_LISTEN."""

    def register(self, gateway: Gateway, listen: list[HostAndPort], ssl_creds: tuple[str, str] | None = None) -> None:
        """Called by LocalStack once the gateway is built; TLS credentials are not used."""
        del ssl_creds
        site = TwistedGateway(gateway)
        for address in listen:
            endpoints.TCP4ServerEndpoint(reactor, address.port, interface=address.host).listen(site)


class LoopbackServerPlugin(RuntimeServerPlugin):
    """Entry point ``loopback`` of ``localstack.runtime.server``."""

    name = "loopback"

    def load(self, *_args: object, **_kwargs: object) -> RuntimeServer:
        """The server."""
        return LoopbackServer()
