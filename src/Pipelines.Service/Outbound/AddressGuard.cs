using System.Net;
using System.Net.Sockets;

namespace Pipelines.Service.Outbound;

/// <summary>
/// Keeps webhooks from calling what is inside: a URL comes from whoever may subscribe, and the service stands in the plant's network. A name is judged by the
/// addresses that it leads to, when it is subscribed and again at every connect, because a name may lead elsewhere by then.
/// </summary>
/// <param name="resolve">Asks for the addresses of a name.</param>
internal sealed class AddressGuard(OutboundSettings settings, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
{
    // The special-purpose registries of IANA for IPv4, and what clouds answer on that looks public.
    private static readonly IPNetwork[] Inside =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
        }.Select(x => IPNetwork.Parse(x)),
    ];

    // Of IPv6 only this is given out to the public, and not all of it.
    private static readonly IPNetwork Public = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] NotPublic = [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(x => IPNetwork.Parse(x))];

    /// <summary>IPv4 behind a translator: the last four bytes are the address.</summary>
    private static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");

    public bool Allows(IPAddress address)
    {
        var meant = Meant(address);
        return settings.AllowedNetworks.Any(x => x.Contains(meant) || x.Contains(address)) || IsPublic(meant);
    }

    /// <summary>The addresses of a host that may be called.</summary>
    /// <exception cref="AddressRefusedException">There is none.</exception>
    public async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        var all = await AddressesAsync(host, cancellationToken);
        var allowed = Array.FindAll(all, Allows);
        return allowed.Length > 0 ? allowed : throw new AddressRefusedException(host, all);
    }

    /// <summary>Why a host may not be subscribed, as a sentence; null when it may. A name that leads nowhere now is judged when it is called.</summary>
    public async Task<string?> WhyNotAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            var all = await AddressesAsync(host, cancellationToken);
            return Array.TrueForAll(all, Allows) ? null : AddressRefusedException.Sentence(host, Array.FindAll(all, x => !Allows(x)));
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private async Task<IPAddress[]> AddressesAsync(string host, CancellationToken cancellationToken) =>
        IPAddress.TryParse(host, out var address) ? [address] : await resolve(host, cancellationToken);

    private static bool IsPublic(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork
        ? !Array.Exists(Inside, x => x.Contains(address))
        : Public.Contains(address) && !Array.Exists(NotPublic, x => x.Contains(address));

    private static IPAddress Meant(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : address.AddressFamily == AddressFamily.InterNetworkV6 && Translated.Contains(address) ? new IPAddress(address.GetAddressBytes().AsSpan(12))
        : address;
}

/// <summary>A webhook wanted to call what is inside.</summary>
internal sealed class AddressRefusedException(string host, IReadOnlyList<IPAddress> addresses) : Exception(Sentence(host, addresses))
{
    public static string Sentence(string host, IReadOnlyList<IPAddress> addresses) =>
        addresses.Count == 0
            ? $"'{host}' has no address."
            : $"'{host}' leads to {addresses[0]}, which is no public address. Whoever runs the service can allow its network with {OutboundSettings.Section}:AllowedNetworks.";
}
