using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Pipelines.NodeRed.Admin;

/// <summary>Hands out one client per Node-RED, so that tokens are kept and logins stay few. Safe to share.</summary>
/// <param name="http">From <see cref="AdminHandler.CreateClient"/>, without a time-out of its own.</param>
/// <param name="options">How patient to be.</param>
/// <param name="time">The clock.</param>
/// <param name="logs">Where the clients log.</param>
public sealed class AdminClients(HttpClient http, AdminOptions options, TimeProvider time, ILoggerFactory? logs = null)
{
    private readonly ConcurrentDictionary<AdminEndpoint, AdminClient> _clients = new();

    /// <summary>The client for an endpoint; another access or URL under the same name gets another client.</summary>
    public AdminClient For(AdminEndpoint endpoint) =>
        _clients.GetOrAdd(endpoint, known => new AdminClient(http, known, options, time, logs?.CreateLogger<AdminClient>()));

    public ReplicaVerifier VerifierFor(AdminEndpoint endpoint) => new(For(endpoint), time, logs?.CreateLogger<ReplicaVerifier>());
}
