using System.Globalization;
using Pipelines.Engine.Definitions.Secrets;

namespace Pipelines.Service.Http;

/// <summary><c>Pipelines:Hooks</c>: what each promote button is signed with, and how often it may be pressed.</summary>
internal sealed class HookSettings
{
    public const string Section = "Pipelines:Hooks";

    /// <summary>What holds for hooks that have nothing of their own.</summary>
    public const string Default = "Default";

    /// <summary>Deliveries that one process takes of one hook in a minute, where nothing is said.</summary>
    public const int UsualRate = 600;

    private const int ShortestGithubSecret = 16;

    private readonly Dictionary<string, OneHook> _hooks = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What holds for the hook of a pipeline; without secrets of either kind there is no such hook.</summary>
    public OneHook Of(string pipeline)
    {
        var common = _hooks.GetValueOrDefault(Default) ?? new OneHook([], [], null);
        var own = _hooks.GetValueOrDefault(pipeline) ?? common;
        var secrets = own.Secrets.Count + own.GithubSecrets.Count > 0 ? own : common;
        return new OneHook(secrets.Secrets, secrets.GithubSecrets, own.RatePerMinute ?? common.RatePerMinute ?? UsualRate);
    }

    public static HookSettings From(IConfigurationSection section, SecretResolver secrets, List<string> wrong)
    {
        var settings = new HookSettings();
        foreach (var hook in section.GetChildren())
        {
            var standard = Texts(hook.GetSection("Secrets"));
            var github = Texts(hook.GetSection("GithubSecrets"));
            wrong.AddRange(standard.Index().Select(x => (x.Index, Why: WebhookKey.WhyNot(x.Item, secrets))).Where(x => x.Why is not null)
                .Select(x => $"{Section}:{hook.Key}:Secrets:{x.Index} {x.Why}"));
            wrong.AddRange(github.Index().Select(x => (x.Index, Why: WhyNoGithubSecret(x.Item, secrets))).Where(x => x.Why is not null)
                .Select(x => $"{Section}:{hook.Key}:GithubSecrets:{x.Index} {x.Why}"));
            settings._hooks[hook.Key] = new OneHook(standard, github, Rate(hook, wrong));
        }

        return settings;
    }

    /// <summary>Why a setting is no secret, as the second half of a sentence; null when it is one. The value is never repeated.</summary>
    public static string? WhyNoGithubSecret(string setting, SecretResolver secrets)
    {
        try
        {
            return secrets.Resolve(setting).Reveal().Length < ShortestGithubSecret
                ? $"is shorter than {ShortestGithubSecret} characters. Make one with: openssl rand -hex 24, and type the same into GitHub."
                : null;
        }
        catch (SecretMissingException e)
        {
            return $"points to nothing: {e.Message}";
        }
    }

    private static List<string> Texts(IConfigurationSection listed) => listed.Value is { } single ? [single] : [.. listed.GetChildren().Select(x => x.Value ?? "")];

    private static int? Rate(IConfigurationSection hook, List<string> wrong)
    {
        if (hook["RatePerMinute"] is not { Length: > 0 } text)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var rate) && rate <= 1_000_000)
        {
            return rate;
        }

        wrong.Add($"{Section}:{hook.Key}:RatePerMinute is '{text}'. It is a number from 1 to 1000000, or 0 for no limit; without it {UsualRate} hold.");
        return null;
    }
}

/// <summary>One promote button.</summary>
/// <param name="Secrets">Secrets of Standard Webhooks, in clear or as references; several while one is rotated.</param>
/// <param name="GithubSecrets">Secrets with which GitHub signs, the same way.</param>
/// <param name="RatePerMinute">Deliveries that one process takes of it in a minute; 0 is no limit.</param>
internal sealed record OneHook(IReadOnlyList<string> Secrets, IReadOnlyList<string> GithubSecrets, int? RatePerMinute);
