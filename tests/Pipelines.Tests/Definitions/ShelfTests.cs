using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Definitions.Secrets;

namespace Pipelines.Tests.Definitions;

[TestFixture]
internal sealed class ShelfTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private string _folder = "";
    private Sayings _said = new();

    [SetUp]
    public void MakeFolder()
    {
        _folder = Directory.CreateTempSubdirectory("definitions").FullName;
        _said = new();
        Write(DefinitionFile.Instances, Plant.Instances);
        Write(Plant.PipelineFile, Plant.Pipeline);
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void A_mistake_stops_the_start()
    {
        Write(Plant.PipelineFile, "nmae: plant-a");

        Assert.That(() => Shelf().LoadOrThrow(), Throws.TypeOf<DefinitionException>().With.Message.EqualTo(
            $"The definitions have 2 mistakes:{Environment.NewLine}plant-a.pipeline.yaml:1:1: unknown key 'nmae'. Did you mean 'name'?{Environment.NewLine}plant-a.pipeline.yaml:1:1: the file needs 'stages'. Add it."));
    }

    [Test]
    public void A_folder_that_is_not_there_stops_the_start() =>
        Assert.That(() => new DefinitionShelf(new() { Folder = Path.Combine(_folder, "nowhere") }, NullLogger<DefinitionShelf>.Instance).LoadOrThrow(), Throws.TypeOf<DefinitionException>().With.Message.Contains("cannot be read"));

    [Test]
    public void A_missing_instances_file_is_a_mistake_like_any_other()
    {
        File.Delete(Path.Combine(_folder, DefinitionFile.Instances));

        Assert.That(() => Shelf().LoadOrThrow(), Throws.TypeOf<DefinitionException>().With.Message.Contains("instances.yaml:1:1: the file is missing. Write it, and begin with instances:."));
    }

    [Test]
    public void A_bad_reload_leaves_the_last_good_one_in_force_and_says_so()
    {
        var shelf = Shelf();
        var good = shelf.LoadOrThrow();
        Write(Plant.PipelineFile, Plant.Pipeline.Replace("rollout", "rolout", StringComparison.Ordinal));

        var bad = shelf.Reload();

        Assert.That(bad.IsGood, Is.False);
        Assert.That(shelf.Current, Is.SameAs(good));
        Assert.That(shelf.Problems.Select(x => x.ToString()), Is.EqualTo(new[] { "plant-a.pipeline.yaml:5:5: unknown stage 'rolout'. Did you mean 'rollout'?" }));
        Assert.That(_said.All, Has.Some.StartsWith("Error 1202").And.Some.Contains("rolout"));

        Write(Plant.PipelineFile, Plant.Pipeline);
        Assert.That(shelf.Reload().IsGood);
        Assert.That(shelf.Problems, Is.Empty, "what is mended is no problem any more");
    }

    [Test]
    public void A_good_reload_says_what_changed()
    {
        var shelf = Shelf();
        shelf.LoadOrThrow();
        Write("other.pipeline.yaml", Plant.Pipeline.Replace("name: plant-a", "name: other", StringComparison.Ordinal));
        Write(Plant.PipelineFile, "description: new\n" + Plant.Pipeline);
        Write(DefinitionFile.Instances, Plant.Instances.Replace("plant-a-2", "plant-a-9", StringComparison.Ordinal));

        Assert.That(shelf.Reload().Changes, Is.EqualTo(new[] { "pipeline other added", "pipeline plant-a changed", "instance plant-a changed" }));
        Assert.That(_said.All, Has.Some.EqualTo("Information 1201 Took up new definitions: pipeline other added, pipeline plant-a changed, instance plant-a changed."));

        File.Delete(Path.Combine(_folder, "other.pipeline.yaml"));
        Assert.That(shelf.Reload().Changes, Is.EqualTo(new[] { "pipeline other removed" }));
    }

    [Test]
    public async Task A_running_engine_takes_up_a_saved_file()
    {
        var shelf = Shelf();
        shelf.LoadOrThrow();
        using var watch = Watch(shelf);
        await watch.StartAsync(CancellationToken.None);

        var next = shelf.NextReload;
        Write(Plant.PipelineFile, "description: new\n" + Plant.Pipeline);
        Assert.That((await next.WaitAsync(Patience)).Changes, Is.EqualTo(new[] { "pipeline plant-a changed" }));

        next = shelf.NextReload;
        Write(Plant.PipelineFile, "stages: []");
        Assert.That((await next.WaitAsync(Patience)).IsGood, Is.False);
        Assert.That(shelf.Current.Pipelines["plant-a"].Description, Is.EqualTo("new"));

        next = shelf.NextReload;
        Write(Plant.PipelineFile, Plant.Pipeline);
        Assert.That((await next.WaitAsync(Patience)).IsGood);
        Assert.That(shelf.Problems, Is.Empty);
        await watch.StopAsync(CancellationToken.None);
    }

    /// <summary>A ConfigMap is mounted as a link to a folder, and an update swaps the link: no file in the watched folder changes.</summary>
    [Test]
    public async Task A_running_engine_takes_up_a_swapped_link()
    {
        var (one, two) = (Directory.CreateDirectory(Path.Combine(_folder, "..one")).FullName, Directory.CreateDirectory(Path.Combine(_folder, "..two")).FullName);
        foreach (var name in new[] { DefinitionFile.Instances, Plant.PipelineFile })
        {
            File.Copy(Path.Combine(_folder, name), Path.Combine(two, name));
            File.Move(Path.Combine(_folder, name), Path.Combine(one, name));
            File.CreateSymbolicLink(Path.Combine(_folder, name), Path.Combine(_folder, "..data", name));
        }

        File.AppendAllText(Path.Combine(two, Plant.PipelineFile), "\ndescription: new");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "..data"), one);
        var shelf = Shelf();
        shelf.LoadOrThrow();
        using var watch = Watch(shelf);
        await watch.StartAsync(CancellationToken.None);

        var next = shelf.NextReload;
        Directory.Delete(Path.Combine(_folder, "..data"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "..data"), two);

        // Here the swap takes two calls: the watch may meet the files in between, when they point nowhere.
        while (!(await next.WaitAsync(Patience)).IsGood)
        {
            next = shelf.NextReload;
        }

        Assert.That(shelf.Current.Pipelines["plant-a"].Description, Is.EqualTo("new"));
        await watch.StopAsync(CancellationToken.None);
    }

    [Test]
    public async Task The_engine_gets_shelf_watch_and_secrets_by_one_line()
    {
        await using var services = new ServiceCollection().AddLogging().AddDefinitions(Options()).BuildServiceProvider();

        services.GetRequiredService<DefinitionShelf>().LoadOrThrow();

        Assert.That(services.GetServices<IHostedService>().OfType<DefinitionWatch>(), Is.Not.Empty);
        Assert.That(services.GetRequiredService<SecretResolver>().CheckSecrets(services.GetRequiredService<DefinitionShelf>().Current.Instances.Values), Has.Count.EqualTo(1));
    }

    private void Write(string name, string text)
    {
        // As careful editors do: a half-written file is never seen.
        var half = Path.Combine(_folder, $".{name}.half");
        File.WriteAllText(half, text);
        File.Move(half, Path.Combine(_folder, name), overwrite: true);
    }

    private DefinitionOptions Options() => new() { Folder = _folder, PollInterval = TimeSpan.FromMilliseconds(50), Quiet = TimeSpan.FromMilliseconds(5) };

    private DefinitionShelf Shelf() => new(Options(), _said);

    private DefinitionWatch Watch(DefinitionShelf shelf) => new(shelf, Options(), TimeProvider.System, NullLogger<DefinitionWatch>.Instance);

    private sealed class Sayings : ILogger<DefinitionShelf>
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (All)
            {
                All.Add($"{logLevel} {eventId.Id} {formatter(state, exception)}");
            }
        }
    }
}
