using System.Net;
using Pipelines.Engine.Definitions;

namespace Pipelines.Service.Outbound;

/// <summary>Whom webhooks may call. What is inside is called only where the operator of this installation says so.</summary>
/// <param name="AllowedNetworks"><c>Pipelines:Webhooks:AllowedNetworks</c>: networks that may be called although they are private. Default none.</param>
/// <param name="AllowHttp"><c>Pipelines:Webhooks:AllowHttp</c>: whether a URL may be http. Default no.</param>
/// <param name="Timeout"><c>Pipelines:Webhooks:Timeout</c>: how long a subscriber has for its answer. Default 15 s.</param>
internal sealed record OutboundSettings(IReadOnlyList<IPNetwork> AllowedNetworks, bool AllowHttp, TimeSpan Timeout)
{
    public const string Section = "Pipelines:Webhooks";

    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public static OutboundSettings From(IConfigurationSection section, List<string> wrong) =>
        new(Networks(section.GetSection("AllowedNetworks"), wrong), Flag(section, "AllowHttp", wrong), Patience(section, wrong));

    private static List<IPNetwork> Networks(IConfigurationSection section, List<string> wrong)
    {
        var texts = section.Value is { Length: > 0 } single ? [single] : section.GetChildren().Select(x => x.Value ?? "").ToList();
        var networks = new List<IPNetwork>();
        foreach (var (index, text) in texts.Index())
        {
            if (IPNetwork.TryParse(text, out var network))
            {
                networks.Add(network);
            }
            else
            {
                wrong.Add($"{section.Path}:{index} is '{text}'. It is a network in CIDR notation, such as 10.20.0.0/16 or fd00:20::/32.");
            }
        }

        return networks;
    }

    private static bool Flag(IConfigurationSection section, string key, List<string> wrong)
    {
        var text = section[key];
        if (string.IsNullOrEmpty(text) || bool.TryParse(text, out _))
        {
            return !string.IsNullOrEmpty(text) && bool.Parse(text);
        }

        wrong.Add($"{Section}:{key} is '{text}'. It is true or false.");
        return false;
    }

    private static TimeSpan Patience(IConfigurationSection section, List<string> wrong)
    {
        var text = section["Timeout"];
        if (string.IsNullOrEmpty(text))
        {
            return Usual;
        }

        if (Duration.TryParse(text, out var patience) && patience >= Shortest && patience <= Longest)
        {
            return patience;
        }

        wrong.Add($"{Section}:Timeout is '{text}'. It is a time from {Duration.Text(Shortest)} to {Duration.Text(Longest)}, such as {Duration.Text(Usual)}.");
        return Usual;
    }
}
