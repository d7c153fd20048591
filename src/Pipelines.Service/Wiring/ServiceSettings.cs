using System.Globalization;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Definitions.Secrets;
using Pipelines.Service.Broker;
using Pipelines.Service.Http;
using Pipelines.Service.Outbound;

namespace Pipelines.Service.Wiring;

/// <summary>How messages travel.</summary>
internal enum Transport
{
    /// <summary>Within this process, kept in PostgreSQL; one process on a database.</summary>
    InMemory,

    /// <summary>Over a broker; any number of processes.</summary>
    RabbitMq,
}

/// <summary>How logs are written.</summary>
internal enum LogFormat
{
    /// <summary>One line for people.</summary>
    Simple,

    /// <summary>One JSON object a line, for collectors.</summary>
    Json,
}

/// <summary>The service's settings, read once at the start. A wrong one stops the start; all wrong ones are told at once.</summary>
internal sealed record ServiceSettings
{
    /// <summary><c>ConnectionStrings:Pipelines</c>: Npgsql connection string of the database. Required.</summary>
    public required string ConnectionString { get; init; }

    /// <summary><c>Pipelines:Definitions</c>: the folder with <c>instances.yaml</c> and <c>*.pipeline.yaml</c>. Default <c>pipelines</c>.</summary>
    public required string Definitions { get; init; }

    /// <summary><c>Pipelines:Transport</c>: default <see cref="Transport.InMemory"/>.</summary>
    public required Transport Transport { get; init; }

    /// <summary><c>Pipelines:RabbitMq:Uri</c>: <c>amqp://user:password@host:5672/vhost</c>. Required with RabbitMq.</summary>
    public required Uri? RabbitMq { get; init; }

    /// <summary><c>Pipelines:DecisionsAtOnce</c>: how many messages the machines of this process decide at once. Default null, which is the number of processors and two at least.</summary>
    public required int? DecisionsAtOnce { get; init; }

    /// <summary><c>Pipelines:Tokens:Admin</c>: the first API token, in clear or as a reference; null makes none.</summary>
    public required Secret? AdminToken { get; init; }

    /// <summary><c>Pipelines:Hooks:&lt;pipeline&gt;</c>: what each hook is signed with, and how often it may be called.</summary>
    public required HookSettings Hooks { get; init; }

    /// <summary><c>Pipelines:Bus:Senders</c>: who may send commands over the broker, and which. None: nobody.</summary>
    public required IReadOnlyList<CommandSender> CommandSenders { get; init; }

    /// <summary><c>Pipelines:Webhooks</c>: whom webhooks may call.</summary>
    public required OutboundSettings Outbound { get; init; }

    /// <summary><c>Pipelines:Retention:Sagas</c>: how long the engine's notes on a promotion are kept after its end; its history stays. Default 30 days.</summary>
    public required TimeSpan SagasKept { get; init; }

    /// <summary><c>Pipelines:Retention:Snapshots</c>: how long flows are kept that no promotion under way or ended since refers to. Default 180 days.</summary>
    public required TimeSpan SnapshotsKept { get; init; }

    /// <summary><c>Pipelines:Retention:Audit</c>: how long it is known who changed tokens, schedules, webhooks and messages that were set aside. Default 730 days.</summary>
    public required TimeSpan AuditKept { get; init; }

    /// <summary><c>Pipelines:Logs</c>: default <see cref="LogFormat.Simple"/>.</summary>
    public required LogFormat Logs { get; init; }

    /// <exception cref="SettingsException">It has all that is wrong.</exception>
    public static ServiceSettings From(IConfiguration configuration)
    {
        var wrong = new List<string>();
        var secrets = new SecretResolver();
        var settings = new ServiceSettings
        {
            ConnectionString = configuration.GetConnectionString("Pipelines") is { Length: > 0 } connection ? connection : "",
            Definitions = configuration["Pipelines:Definitions"] is { Length: > 0 } folder ? folder : "pipelines",
            Transport = Choice(configuration, "Pipelines:Transport", Transport.InMemory, wrong),
            RabbitMq = Broker(configuration["Pipelines:RabbitMq:Uri"], wrong),
            DecisionsAtOnce = Number(configuration, "Pipelines:DecisionsAtOnce", 1, 1_000, wrong),
            AdminToken = Admin(configuration["Pipelines:Tokens:Admin"], secrets, wrong),
            Hooks = HookSettings.From(configuration.GetSection(HookSettings.Section), secrets, wrong),
            CommandSenders = CommandSender.From(configuration.GetSection(CommandSender.Section), secrets, wrong),
            Outbound = OutboundSettings.From(configuration.GetSection(OutboundSettings.Section), wrong),
            SagasKept = Kept(configuration, "Pipelines:Retention:Sagas", TimeSpan.FromDays(30), wrong),
            SnapshotsKept = Kept(configuration, "Pipelines:Retention:Snapshots", TimeSpan.FromDays(180), wrong),
            AuditKept = Kept(configuration, "Pipelines:Retention:Audit", TimeSpan.FromDays(730), wrong),
            Logs = Choice(configuration, "Pipelines:Logs", LogFormat.Simple, wrong),
        };
        if (settings.ConnectionString.Length == 0)
        {
            wrong.Add("ConnectionStrings:Pipelines is not set. Set it to the Npgsql connection string of the database, such as \"Host=localhost;Database=pipelines;Username=pipelines\".");
        }
        else if (Flaw(settings.ConnectionString) is { } flaw)
        {
            wrong.Add($"ConnectionStrings:Pipelines is no Npgsql connection string: {flaw}");
        }

        if (settings is { Transport: Transport.RabbitMq, RabbitMq: null } && string.IsNullOrEmpty(configuration["Pipelines:RabbitMq:Uri"]))
        {
            wrong.Add("Pipelines:Transport is RabbitMq, and Pipelines:RabbitMq:Uri is not set. Set it, such as amqp://user:password@localhost:5672/.");
        }

        return wrong.Count == 0 ? settings : throw new SettingsException(wrong);
    }

    private static T Choice<T>(IConfiguration configuration, string key, T otherwise, List<string> wrong)
        where T : struct, Enum
    {
        var text = configuration[key];
        if (string.IsNullOrEmpty(text))
        {
            return otherwise;
        }

        if (Array.Find(Enum.GetNames<T>(), x => string.Equals(x, text, StringComparison.OrdinalIgnoreCase)) is { } name)
        {
            return Enum.Parse<T>(name);
        }

        wrong.Add($"{key} is '{text}'. It is one of: {string.Join(", ", Enum.GetNames<T>())}.");
        return otherwise;
    }

    private static int? Number(IConfiguration configuration, string key, int least, int most, List<string> wrong)
    {
        var text = configuration[key];
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        wrong.Add($"{key} is '{text}'. It is a whole number from {least} to {most}.");
        return null;
    }

    // Shorter than a message may be on its way, and an echo of a promotion would find nobody who remembers that it has ended.
    private static TimeSpan Kept(IConfiguration configuration, string key, TimeSpan otherwise, List<string> wrong)
    {
        var (shortest, longest) = (TimeSpan.FromDays(8), TimeSpan.FromDays(36_500));
        var text = configuration[key];
        if (string.IsNullOrEmpty(text))
        {
            return otherwise;
        }

        if (Duration.TryParse(text, out var kept) && kept >= shortest && kept <= longest)
        {
            return kept;
        }

        wrong.Add($"{key} is '{text}'. It is a time from {Duration.Text(shortest)} to {Duration.Text(longest)}, such as {Duration.Text(otherwise)}.");
        return otherwise;
    }

    // The URI holds a password and is not repeated.
    private static Uri? Broker(string? text, List<string> wrong)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps" or "rabbitmq" or "rabbitmqs" && uri.Host.Length > 0)
        {
            return uri;
        }

        wrong.Add("Pipelines:RabbitMq:Uri is no address of a broker. Write it as amqp://user:password@host:5672/vhost.");
        return null;
    }

    private static Secret? Admin(string? text, SecretResolver secrets, List<string> wrong)
    {
        const int Shortest = 16;
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        try
        {
            var token = secrets.Resolve(text);
            if (token.Reveal().Length >= Shortest)
            {
                return token;
            }

            wrong.Add($"Pipelines:Tokens:Admin is shorter than {Shortest} characters. Take a longer one, such as the output of: openssl rand -hex 24.");
        }
        catch (SecretMissingException e)
        {
            wrong.Add($"Pipelines:Tokens:Admin: {e.Message}");
        }

        return null;
    }

    private static string? Flaw(string connection)
    {
        try
        {
            _ = new Npgsql.NpgsqlConnectionStringBuilder(connection);
            return null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            return e.Message;
        }
    }
}

/// <summary>Settings are wrong: all of them, each as a sentence.</summary>
internal sealed class SettingsException(IReadOnlyList<string> wrong) : Exception(string.Join(Environment.NewLine, wrong));
