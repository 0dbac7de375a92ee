using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using Xunit;

namespace Serverless.Conformance.Tables;

public class TableTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static string NewName() => $"T{Guid.NewGuid():N}";

    [Fact]
    public async Task Creating_a_table_twice_is_409_unless_asked_to_be_there()
    {
        var table = Platform.Tables.GetTableClient(NewName());
        Assert.Equal(table.Name, (await table.CreateAsync(Ct)).Value.Name);

        var refusal = await TableTest.Refused(() => table.CreateAsync(Ct), 409, TableErrorCode.TableAlreadyExists);
        Assert.True(refusal.ErrorCode == TableErrorCode.TableAlreadyExists);
        Assert.Equal(409, (await table.CreateIfNotExistsAsync(Ct)).GetRawResponse().Status);
        Assert.Equal(409, table.CreateIfNotExists(Ct).GetRawResponse().Status);
        Assert.Equal(409, (await Platform.Tables.CreateTableIfNotExistsAsync(table.Name, Ct)).GetRawResponse().Status);
        Assert.Equal(409, Platform.Tables.CreateTableIfNotExists(table.Name, Ct).GetRawResponse().Status);
    }

    [Fact]
    public async Task A_new_table_is_created_if_it_does_not_exist()
    {
        var created = await Platform.Tables.CreateTableIfNotExistsAsync(NewName(), Ct);
        Assert.False(created.GetRawResponse().IsError);
    }

    [Fact]
    public async Task Deleting_a_missing_table_does_not_throw()
    {
        var table = Platform.Tables.GetTableClient(NewName());
        Assert.Equal(404, (await table.DeleteAsync(Ct)).Status);
        Assert.Equal(404, (await Platform.Tables.DeleteTableAsync(table.Name, Ct)).Status);

        await table.CreateAsync(Ct);
        Assert.Equal(204, (await table.DeleteAsync(Ct)).Status);
    }

    [Fact]
    public async Task Tables_are_listed_page_by_page()
    {
        var names = Enumerable.Range(0, 3).Select(_ => NewName()).ToList();
        foreach (var name in names)
            await Platform.Tables.CreateTableAsync(name, Ct);

        var listed = await TableTest.ToList(Platform.Tables.QueryAsync(maxPerPage: 2, cancellationToken: Ct));
        Assert.Subset(listed.Select(table => table.Name).ToHashSet(), names.ToHashSet());

        var one = await TableTest.ToList(Platform.Tables.QueryAsync(TableServiceClient.CreateQueryFilter($"TableName eq {names[0]}"), cancellationToken: Ct));
        Assert.Equal(names[0], Assert.Single(one).Name);
    }

    [Theory]
    [InlineData("ab")]
    [InlineData("1abc")]
    [InlineData("a-bc")]
    public async Task A_bad_table_name_is_400(string name) =>
        await TableTest.Refused(() => Platform.Tables.CreateTableAsync(name, Ct), 400);

    [Fact]
    public async Task A_row_of_a_missing_table_is_404_TableNotFound()
    {
        var table = Platform.Tables.GetTableClient(NewName());
        await TableTest.Refused(() => table.AddEntityAsync(new TableEntity("p", "r"), Ct), 404, TableErrorCode.TableNotFound);
        Assert.False((await table.GetEntityIfExistsAsync<TableEntity>("p", "r", cancellationToken: Ct)).HasValue);
    }
}
