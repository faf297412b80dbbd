package client

import (
	"bufio"
	"context"
	"errors"
	"net"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/libs/protoio"
)

// patience is what a test waits for something that comes at once.
const patience = 120 * time.Second

// application answers what it is asked on the first connection; nil: with nothing.
type application func(request *types.Request) *types.Response

// listen starts an application of one connection. The first that it has been asked come out of the channel; hangUp ends the connection.
func listen(t *testing.T, answer application) (client *Client, asked <-chan *types.Request, hangUp func()) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app.sock")
	listener, err := net.Listen("unix", path)
	must(t, err)
	requests := make(chan *types.Request, 64)
	accepted := make(chan net.Conn, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		accepted <- conn
		serve(conn, answer, requests)
	}()
	client = New("unix://" + path)
	must(t, client.Start())
	conn := <-accepted
	t.Cleanup(func() {
		conn.Close()
		listener.Close()
		if client.IsRunning() {
			must(t, client.Stop())
		}
	})
	return client, requests, func() { conn.Close() }
}

func serve(conn net.Conn, answer application, requests chan<- *types.Request) {
	reader := bufio.NewReader(conn)
	for {
		request := &types.Request{}
		if err := types.ReadMessage(reader, request); err != nil {
			return
		}
		if response := answer(request); response != nil {
			if _, err := protoio.NewDelimitedWriter(conn).WriteMsg(response); err != nil {
				return
			}
		}
		select {
		case requests <- request:
		default:
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func silent(*types.Request) *types.Response { return nil }

// ended waits for the end of a client.
func ended(t *testing.T, client *Client) {
	t.Helper()
	select {
	case <-client.Quit():
	case <-time.After(patience):
		t.Fatal("the client goes on")
	}
}

// background makes a call elsewhere; its error comes out of the channel.
func background(call func() error) <-chan error {
	result := make(chan error, 1)
	go func() { result <- call() }()
	return result
}

// kind answers a request with an empty response of its kind, and an echo with what it says.
func kind(request *types.Request) *types.Response {
	if echo := request.GetEcho(); echo != nil {
		return types.ToResponseEcho(echo.Message)
	}
	response := &types.Response{}
	name := strings.Replace(reflect.TypeOf(request.Value).Elem().Name(), "Request_", "Response_", 1)
	for _, each := range response.XXX_OneofWrappers() {
		if wrapper := reflect.TypeOf(each).Elem(); wrapper.Name() == name {
			value := reflect.New(wrapper)
			value.Elem().Field(0).Set(reflect.New(wrapper.Field(0).Type.Elem()))
			reflect.ValueOf(response).Elem().FieldByName("Value").Set(value)
		}
	}
	return response
}

// Every method of an application: a wrong one among twenty would end the client.
func TestEveryCallHasItsAnswer(t *testing.T) {
	client, _, _ := listen(t, kind)
	methods := reflect.TypeOf((*types.Application)(nil)).Elem()
	for i := range methods.NumMethod() {
		method := methods.Method(i)
		request := reflect.New(method.Type.In(1).Elem())
		results := reflect.ValueOf(client).MethodByName(method.Name).Call(
			[]reflect.Value{reflect.ValueOf(context.Background()), request})
		if err := results[1].Interface(); err != nil {
			t.Errorf("%s: %v", method.Name, err)
		}
		if results[0].IsNil() {
			t.Errorf("%s has no answer", method.Name)
		}
	}
	must(t, client.Flush(context.Background()))
	must(t, client.Error())
}

func TestConcurrentCallersGetTheirOwnAnswers(t *testing.T) {
	client, _, _ := listen(t, kind)
	var group sync.WaitGroup
	for caller := range 16 {
		group.Go(func() {
			for i := range 100 {
				message := strconv.Itoa(caller) + " " + strconv.Itoa(i)
				response, err := client.Echo(context.Background(), message)
				if err != nil || response.Message != message {
					t.Errorf("%q: %v, %v", message, response, err)
					return
				}
			}
		})
	}
	group.Wait()
}

// Longer than every buffer on the way, of which there are several: it comes and goes at the same time.
func TestLongMessagesPass(t *testing.T) {
	client, _, _ := listen(t, kind)
	message := strings.Repeat("0123456789abcdef", 512<<10)
	for range 2 {
		response, err := client.Echo(context.Background(), message)
		must(t, err)
		if response.Message != message {
			t.Fatal("it came back as another")
		}
	}
}

// CometBFT commits after a flush, and relies on all answers before it having been dealt with.
func TestFlushComesAfterAllCallbacks(t *testing.T) {
	client, _, _ := listen(t, kind)
	total, each := 0, 0
	client.SetResponseCallback(func(request *types.Request, _ *types.Response) {
		if request.GetCheckTx() != nil {
			total++
		}
	})
	for range 100 {
		sent, err := client.CheckTxAsync(context.Background(), &types.RequestCheckTx{Tx: []byte{1}})
		must(t, err)
		sent.SetCallback(func(*types.Response) { each++ })
	}
	must(t, client.Flush(context.Background()))
	if total != 100 || each != 100 {
		t.Fatalf("%d and %d of 100 callbacks", total, each)
	}
}

func TestAGoneApplicationEndsTheClient(t *testing.T) {
	client, asked, hangUp := listen(t, silent)
	waiting := background(func() error { _, err := client.Commit(context.Background(), nil); return err })
	<-asked
	hangUp()
	if err := <-waiting; err == nil || !strings.HasPrefix(err.Error(), "read response: ") {
		t.Errorf("the call that waited: %v", err)
	}
	ended(t, client)
	// CometBFT takes an end with an error for that of the application, and ends itself.
	if client.Error() == nil {
		t.Error("it ended without an error")
	}
	if _, err := client.Echo(context.Background(), "late"); !errors.Is(err, client.Error()) {
		t.Errorf("a call after the end: %v", err)
	}
}

func TestAnExceptionEndsTheClient(t *testing.T) {
	client, _, _ := listen(t, func(*types.Request) *types.Response { return types.ToResponseException("out of order") })
	_, err := client.Echo(context.Background(), "")
	if err == nil || err.Error() != "out of order" {
		t.Errorf("the call: %v", err)
	}
	ended(t, client)
}

func TestAnAnswerToAnotherQuestionEndsTheClient(t *testing.T) {
	client, _, _ := listen(t, func(*types.Request) *types.Response { return types.ToResponseFlush() })
	_, err := client.Echo(context.Background(), "")
	if err == nil || !strings.Contains(err.Error(), "unexpected response to the request *types.Request_Echo") {
		t.Errorf("the call: %v", err)
	}
	ended(t, client)
}

func TestStopLetsGoOfWhoWaits(t *testing.T) {
	client, asked, _ := listen(t, silent)
	waiting := background(func() error { return client.Flush(context.Background()) })
	sent, err := client.CheckTxAsync(context.Background(), &types.RequestCheckTx{})
	must(t, err)
	<-asked
	<-asked
	must(t, client.Stop())
	if err := <-waiting; !errors.Is(err, errStopped) {
		t.Errorf("the call that waited: %v", err)
	}
	sent.Wait()
	// Told to stop, CometBFT must not take it for the application's end.
	must(t, client.Error())
}

// What nobody waits for any more is still answered in its turn.
func TestAnAbandonedCallTakesNobodysAnswer(t *testing.T) {
	late := make(chan struct{})
	client, _, _ := listen(t, func(request *types.Request) *types.Response {
		message := request.GetEcho().GetMessage()
		if message == "slow" {
			<-late
		}
		return types.ToResponseEcho(message)
	})
	ctx, cancel := context.WithCancel(context.Background())
	abandoned := background(func() error { _, err := client.Echo(ctx, "slow"); return err })
	cancel()
	if err := <-abandoned; !errors.Is(err, context.Canceled) {
		t.Errorf("the abandoned call: %v", err)
	}
	close(late)
	response, err := client.Echo(context.Background(), "next")
	must(t, err)
	if response.Message != "next" {
		t.Errorf("the next call got %q", response.Message)
	}
}
