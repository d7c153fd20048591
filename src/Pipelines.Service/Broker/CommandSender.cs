using Pipelines.Engine.Definitions.Secrets;
using Pipelines.Service.Http;

namespace Pipelines.Service.Broker;

/// <summary>Somebody who may send commands, and which. Known by the user that the broker vouches for, or by a signature.</summary>
/// <param name="Name">Its name in logs and in the history.</param>
/// <param name="User">The broker's user: the property <c>user_id</c>, which the broker lets nobody forge. Null when it signs.</param>
/// <param name="Secrets">What it signs with, in clear or as references; several while one is rotated.</param>
/// <param name="Pipelines">What it may command; null is every pipeline.</param>
/// <param name="Scopes"><c>promote</c>, and <c>operate</c> to abort and retry.</param>
internal sealed record CommandSender(string Name, string? User, IReadOnlyList<string> Secrets, IReadOnlyList<string>? Pipelines, IReadOnlyList<string> Scopes)
{
    public const string Section = "Pipelines:Bus:Senders";

    private static readonly string[] Known = [Http.Scopes.Promote, Http.Scopes.Operate];

    public bool MayAbout(string pipeline) => Pipelines is null || Pipelines.Contains(pipeline, StringComparer.Ordinal);

    public bool May(CommandKind kind) => Scopes.Contains(kind == CommandKind.PromoteFlows ? Http.Scopes.Promote : Http.Scopes.Operate, StringComparer.Ordinal);

    public static IReadOnlyList<CommandSender> From(IConfigurationSection section, SecretResolver resolver, List<string> wrong)
    {
        var senders = new List<CommandSender>();
        foreach (var one in section.GetChildren())
        {
            var secrets = ListOf(one, "Secrets") ?? [];
            foreach (var (index, secret) in secrets.Index())
            {
                if (WebhookKey.WhyNot(secret, resolver) is { } why)
                {
                    wrong.Add($"{one.Path}:Secrets:{index} {why}");
                }
            }

            var scopes = ListOf(one, "Scopes") ?? [Http.Scopes.Promote];
            wrong.AddRange(scopes.Where(x => !Known.Contains(x, StringComparer.Ordinal)).Select(x => $"{one.Path}:Scopes has '{x}'. It is one of: {string.Join(", ", Known)}."));
            var user = one["User"] is { Length: > 0 } text ? text : null;
            if (user is null && secrets.Count == 0)
            {
                wrong.Add($"{one.Path} says neither User nor Secrets. Set User to the sender's user on the broker, or Secrets to what it signs with.");
            }

            senders.Add(new CommandSender(one.Key, user, secrets, ListOf(one, "Pipelines"), scopes));
        }

        wrong.AddRange(senders.Where(x => x.User is not null).GroupBy(x => x.User, StringComparer.Ordinal).Where(x => x.Count() > 1)
            .Select(x => $"{Section} names the user '{x.Key}' for {string.Join(" and ", x.Select(y => y.Name))}. One user is one sender."));
        return senders;
    }

    private static List<string>? ListOf(IConfigurationSection section, string key)
    {
        var list = section.GetSection(key);
        return list.Value is { Length: > 0 } single ? [single]
            : list.GetChildren().Select(x => x.Value ?? "").ToList() is { Count: > 0 } several ? several
            : null;
    }
}
