using Pipelines.Testing.Stand;
using Spectre.Console;

namespace Pipelines.Demo;

/// <summary>Everything that the demo shows; plain text where there is no terminal.</summary>
internal static class Screen
{
    // Without a terminal 80 columns are assumed, which cut addresses in two.
    static Screen() => AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, Console.IsOutputRedirected ? 140 : 0);

    public static void Title(string text) => AnsiConsole.Write(new Rule($"[bold]{Markup.Escape(text)}[/]") { Justification = Justify.Left });

    public static void Say(string text) => AnsiConsole.MarkupLineInterpolated($"  {text}");

    public static void Problem(string text) => AnsiConsole.MarkupLineInterpolated($"[red]{text}[/]");

    public static void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (var column in columns)
        {
            table.AddColumn(Markup.Escape(column));
        }

        foreach (var row in rows)
        {
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        AnsiConsole.Write(table);
    }

    public static void Show(TestStand stand)
    {
        Table(
            ["what", "where", "how"],
            [
                ["PostgreSQL", stand.Postgres.ConnectionString, stand.Postgres.Source],
                .. stand.HasBroker ? [["RabbitMQ", $"{stand.Broker.ConnectionUri}", stand.Broker.Source]] : Array.Empty<string[]>(),
                ["development", $"{stand.Development.AdminUrl}", $"bearer token {stand.Development.Token}; in the editor {stand.Development.Options.User} / {stand.Development.Options.Password}"],
                .. stand.Production.Replicas.Select(replica => new[] { replica.Name, $"{replica.AdminUrl}", $"bearer token {replica.Token}; no editor; version at {replica.FlowsUrl}version" }),
            ]);
    }

    public static void Show(Engine engine) =>
        Table(
            ["service", "where"],
            [
                ["API", $"{engine.Service.Url}promotions, bearer token {engine.Service.AdminToken}"],
                ["to try it", $"{engine.Service.Url}docs"],
                ["definitions", engine.Definitions.Folder],
            ]);
}
