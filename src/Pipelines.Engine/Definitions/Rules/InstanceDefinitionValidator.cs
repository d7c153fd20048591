using FluentValidation;
using Pipelines.NodeRed.Flows;

namespace Pipelines.Engine.Definitions.Rules;

internal sealed class InstanceDefinitionValidator : AbstractValidator<InstanceDefinition>
{
    public InstanceDefinitionValidator()
    {
        RuleFor(x => x.Name).IsName("a name");
        RuleFor(x => x.Admin).Says(x => x is null ? null : WhyNoUrl(x));
        RuleForEach(x => x.Replicas).SetValidator(new ReplicaDefinitionValidator());
        RuleFor(x => x).Custom(IsOneOfTwo);
        RuleFor(x => x).Custom(EndpointsDiffer);
        RuleFor(x => x).Custom(NodesAreNodes);
        RuleFor(x => x).Custom((instance, context) =>
        {
            if (instance.Access is { } access && WhyNoAccess(access) is { } text)
            {
                context.Refuse(text, "Access", "Access.Token", "Access.User", "Access.Password");
            }
        });
        RuleFor(x => x.Timeouts.Connect).IsPositive("connect");
        RuleFor(x => x.Timeouts.Request).IsPositive("request");
        RuleFor(x => x.Timeouts.Deploy).IsPositive("deploy");
        RuleFor(x => x.Environment).Custom((names, context) =>
        {
            foreach (var (index, name) in (names ?? []).Index())
            {
                if (name.Length == 0 || char.IsAsciiDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
                {
                    // Not repeated: it may well be NAME=secret.
                    context.Refuse("this is not the name of an environment variable. Write the name only, without a value: letters, digits and _.", $"Environment[{index}]");
                }
            }
        });
    }

    /// <summary>Node-RED takes the one for an encrypted file and loses all its secrets over it; the other is the engine's own.</summary>
    private static readonly string[] NoNodes = ["$", CredentialsMap.Marker];

    /// <summary>A password in a URL would be shown wherever the URL is.</summary>
    public static string? WhyNoUrl(Uri url) =>
        url.UserInfo.Length > 0 ? "the URL holds a user or a password, and URLs are shown. Move them to access."
        : url.Query.Length > 0 || url.Fragment.Length > 0 ? "the URL has a query or a fragment. Write it up to the path only."
        : null;

    public static bool SameUrl(Uri? a, Uri? b) => Key(a) == Key(b);

    public static string? Key(Uri? url) => url?.GetLeftPart(UriPartial.Path).TrimEnd('/');

    private static void IsOneOfTwo(InstanceDefinition instance, ValidationContext<InstanceDefinition> context)
    {
        switch (instance)
        {
            case { Admin: not null, Replicas.Count: > 0 }:
                context.Refuse($"'{instance.Name}' has both admin and replicas. A development instance has admin, an HA instance has replicas: take one out.", "Admin", "Replicas");
                break;
            case { Admin: null, Replicas.Count: 0 }:
                context.Refuse($"'{instance.Name}' has neither admin nor replicas. Write admin: for a development instance, replicas: for an HA one.", "", "Admin", "Replicas");
                break;
            case { Admin: null, Replicas.Count: 1, Ha: true }:
                context.Refuse($"'{instance.Name}' has one replica, so every deploy is an outage. Add a second one, or write ha: false.", "Replicas");
                break;
            case { Admin: not null, Ha: false }:
                context.Refuse("'ha' is for instances with replicas. Take it out.", "Ha");
                break;
        }
    }

    private static void EndpointsDiffer(InstanceDefinition instance, ValidationContext<InstanceDefinition> context)
    {
        foreach (var (index, replica) in instance.Replicas.Index().Where(x => x.Item.Flows is not null))
        {
            if (instance.Replicas.Take(index).FirstOrDefault(x => SameUrl(x.Flows, replica.Flows)) is { } twin && !SameUrl(twin.Admin, replica.Admin))
            {
                context.Refuse(
                    $"replicas '{twin.Name}' and '{replica.Name}' have the same URL for their flows, so a check could not tell them apart. Write each replica's own URL as flows, not the balancer's.",
                    $"Replicas[{index}].Flows", $"Replicas[{index}].Admin", $"Replicas[{index}]");
            }
        }
    }

    private static void NodesAreNodes(InstanceDefinition instance, ValidationContext<InstanceDefinition> context)
    {
        foreach (var id in instance.Credentials.Keys.Where(NoNodes.Contains))
        {
            context.Refuse($"'{id}' is not the id of a node. Write each node's own id, then its fields.", $"Credentials.{id}");
        }
    }

    private static string? WhyNoAccess(AccessDefinition access) => access switch
    {
        { Token: not null, User: null, Password: null } or { Token: null, User: not null, Password: not null } => null,
        { Token: not null } => "'access' has a token and a user. Keep one of the two ways.",
        { User: null, Password: null } => "'access' is empty. Write token, or user and password.",
        { User: null } => "'access' has a password, but no user. Add user.",
        _ => "'access' has a user, but no password. Add password.",
    };
}

internal sealed class ReplicaDefinitionValidator : AbstractValidator<ReplicaDefinition>
{
    public ReplicaDefinitionValidator()
    {
        RuleFor(x => x.Name).IsName("a name");
        RuleFor(x => x.Admin).Says(x => x is null ? null : InstanceDefinitionValidator.WhyNoUrl(x));
        RuleFor(x => x.Flows).Says(x => x is null ? null : InstanceDefinitionValidator.WhyNoUrl(x));
    }
}
