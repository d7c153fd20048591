using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Definitions.Secrets;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;

namespace Pipelines.Engine.Instances;

/// <summary>From a definition to somebody one can talk to: resolves secrets at the moment of use, and keeps clients, so that logins stay few.</summary>
public sealed class InstanceClients(SecretResolver secrets, TimeProvider time, ILoggerFactory logs) : IDisposable
{
    private readonly ConcurrentDictionary<(InstanceTimeouts Timeouts, bool Patient), Lazy<(HttpClient Http, AdminClients Clients)>> _byTimeouts = new();

    /// <exception cref="SecretMissingException">A secret of the instance cannot be resolved.</exception>
    public AdminClient Development(InstanceDefinition instance)
    {
        var admin = instance.Admin ?? throw new InvalidOperationException($"'{instance.Name}' is an HA instance: flows are taken from a development one.");
        return For(instance).For(new AdminEndpoint(instance.Name, admin, null, AccessOf(instance)));
    }

    /// <exception cref="SecretMissingException">A secret of the instance cannot be resolved.</exception>
    public AdminClient Replica(InstanceDefinition instance, ReplicaDefinition replica) => For(instance).For(EndpointOf(instance, replica));

    /// <exception cref="SecretMissingException">A secret of the instance cannot be resolved.</exception>
    /// <param name="patient">
    /// False for a soak: a supervised process that died is back within half a second, and a reader that tries again would never notice.
    /// </param>
    public ReplicaVerifier Verifier(InstanceDefinition instance, ReplicaDefinition replica, bool patient = true) =>
        For(instance, patient).VerifierFor(EndpointOf(instance, replica));

    /// <summary>What the engine can post, and post again, to the replicas of an instance.</summary>
    /// <exception cref="SecretMissingException">A secret of the instance cannot be resolved.</exception>
    public CredentialsMap CredentialsOf(InstanceDefinition instance) =>
        new(instance.Credentials.Select(node => KeyValuePair.Create(
            node.Key,
            (IReadOnlyDictionary<string, string>)node.Value.ToDictionary(field => field.Key, field => secrets.Resolve(field.Value).Reveal(), StringComparer.Ordinal))));

#if FAULT_HOOKS
    private static Func<HttpMessageHandler, HttpMessageHandler>? Around => inner => new CrashingHandler(inner);
#else
    private static Func<HttpMessageHandler, HttpMessageHandler>? Around => null;
#endif

    public void Dispose()
    {
        foreach (var made in _byTimeouts.Values.Where(x => x.IsValueCreated))
        {
            made.Value.Http.Dispose();
        }
    }

    private AdminClients For(InstanceDefinition instance, bool patient = true) =>
        _byTimeouts.GetOrAdd((instance.Timeouts, patient), key => new(() =>
        {
            var http = AdminHandler.CreateClient(key.Timeouts.Connect, Around);
            var options = new AdminOptions { ReadTimeout = key.Timeouts.Request, DeployTimeout = key.Timeouts.Deploy };
            return (http, new AdminClients(http, key.Patient ? options : options with { ReadTries = 1 }, time, logs));
        })).Value.Clients;

    private AdminEndpoint EndpointOf(InstanceDefinition instance, ReplicaDefinition replica) =>
        new(replica.Name, replica.Admin, replica.Flows, AccessOf(instance));

    private Access AccessOf(InstanceDefinition instance) => instance.Access switch
    {
        null => Access.Anonymous,
        { Token: { } token } => new Access.Bearer(secrets.Resolve(token).Reveal()),
        { User: { } user, Password: { } password } => new Access.Login(secrets.Resolve(user).Reveal(), secrets.Resolve(password).Reveal()),
        _ => Access.Anonymous,
    };
}
